package org.layerzoo.plugins.flashattention2.check;

import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Softmax attention as three loops in F64: what everything is compared with. */
final class NaiveAttention {
    private NaiveAttention() {}

    /** o [B, H, Tq, dv] and lse [B, H, Tq]. */
    record Result(Tensor o, Tensor lse) {}

    static Result run(Tensor q, Tensor k, Tensor v, boolean causal) {
        int b = q.dim(0);
        int h = q.dim(1);
        int tq = q.dim(2);
        int dv = v.dim(3);
        double[] o = new double[b * h * tq * dv];
        double[] lse = new double[b * h * tq];
        for (int n = 0; n < b * h; n++) {
            int kv = n / h * k.dim(1) + n % h * k.dim(1) / h;
            for (int i = 0; i < tq; i++) {
                row(q, k, v, n, kv, i, causal, o, lse);
            }
        }
        return new Result(Tensor.of(DType.F64, o, b, h, tq, dv), Tensor.of(DType.F64, lse, b, h, tq));
    }

    private static void row(
            Tensor q, Tensor k, Tensor v, int n, int kv, int i, boolean causal, double[] o, double[] lse) {
        int tq = q.dim(2);
        int tk = k.dim(2);
        int d = q.dim(3);
        int dv = v.dim(3);
        int seen = causal ? Math.max(0, Math.min(tk, i + tk - tq + 1)) : tk;
        double[] s = new double[seen];
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < seen; j++) {
            for (int c = 0; c < d; c++) {
                s[j] += q.get(n / q.dim(1), n % q.dim(1), i, c) * k.get(kv / k.dim(1), kv % k.dim(1), j, c);
            }
            s[j] /= Math.sqrt(d);
            max = Math.max(max, s[j]);
        }
        double sum = 0;
        for (int j = 0; j < seen; j++) {
            sum += Math.exp(s[j] - max);
        }
        lse[n * tq + i] = seen == 0 ? Double.NEGATIVE_INFINITY : max + Math.log(sum);
        for (int j = 0; j < seen; j++) {
            for (int c = 0; c < dv; c++) {
                o[(n * tq + i) * dv + c] += Math.exp(s[j] - max) / sum * v.get(kv / k.dim(1), kv % k.dim(1), j, c);
            }
        }
    }
}
