package org.layerzoo.core.op.loss;

import java.util.List;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** The best path of a {@link Crf}, on the host, without gradient. Ties go to the lower tag. */
public final class Viterbi {
    private Viterbi() {}

    /** @return tags I64 [B, T] (0 behind a sample's length) and their scores F64 [B] */
    public static List<Tensor> decode(Tensor emissions, Tensor transitions, Tensor start, Tensor end, Tensor lengths) {
        int b = emissions.dim(0);
        int t = emissions.dim(1);
        List<TensorSpec> results = List.of(TensorSpec.of(DType.I64, b, t), TensorSpec.of(DType.F64, b));
        return Ops.host("viterbi", List.of(emissions, transitions, start, end, lengths), results, Viterbi::run);
    }

    private static List<Tensor> run(List<Tensor> in) {
        int b = in.getFirst().dim(0);
        int t = in.getFirst().dim(1);
        int k = in.getFirst().dim(2);
        double[] e = in.get(0).toDoubles();
        double[] trans = in.get(1).toDoubles();
        double[] start = in.get(2).toDoubles();
        double[] end = in.get(3).toDoubles();
        int[] lengths = in.get(4).toInts();
        long[] tags = new long[b * t];
        double[] scores = new double[b];
        for (int n = 0; n < b; n++) {
            double[] best = new double[k];
            for (int j = 0; j < k; j++) {
                best[j] = start[j] + e[n * t * k + j];
            }
            int[][] from = new int[lengths[n]][k];
            for (int i = 1; i < lengths[n]; i++) {
                best = step(best, trans, e, (n * t + i) * k, from[i]);
            }
            for (int j = 0; j < k; j++) {
                best[j] += end[j];
            }
            int tag = largest(best);
            scores[n] = best[tag];
            for (int i = lengths[n] - 1; i >= 0; i--) {
                tags[n * t + i] = tag;
                tag = from[i][tag];
            }
        }
        return List.of(Tensor.of(tags, b, t), Tensor.of(scores, b));
    }

    private static double[] step(double[] before, double[] trans, double[] e, int at, int[] from) {
        int k = before.length;
        double[] next = new double[k];
        double[] reach = new double[k];
        for (int j = 0; j < k; j++) {
            for (int i = 0; i < k; i++) {
                reach[i] = before[i] + trans[i * k + j];
            }
            from[j] = largest(reach);
            next[j] = reach[from[j]] + e[at + j];
        }
        return next;
    }

    private static int largest(double[] x) {
        int best = 0;
        for (int i = 1; i < x.length; i++) {
            best = x[i] > x[best] ? i : best;
        }
        return best;
    }
}
