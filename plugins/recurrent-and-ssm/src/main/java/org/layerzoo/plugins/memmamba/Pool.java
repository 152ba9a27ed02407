package org.layerzoo.plugins.memmamba;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Summaries and who can read which of them.
 *
 * @param table [B, S, ds]
 * @param index I64 [B, T, n]: rows of the table that a token can read, -1 for none
 */
public record Pool(Tensor table, Tensor index) {
    /**
     * What a pool holds before each of T tokens and behind the last one, oldest first: I64 [B, T + 1, P], rows of the P kept
     * summaries followed by those of the tokens. It follows from importances alone, so it is walked before anything is read.
     *
     * @param kept importances [B, P] of what is there, oldest first; below 0 for nothing
     * @param fresh importances [B, T]
     * @param above tokens of a higher importance are written
     * @param fifo whether the oldest gives way, else the least important
     */
    public static Tensor members(Tensor kept, Tensor fresh, double above, boolean fifo) {
        TensorSpec result = TensorSpec.of(DType.I64, fresh.dim(0), fresh.dim(1) + 1, kept.dim(1));
        return Ops.host(
                        "pool members",
                        List.of(Ops.stop(kept), Ops.stop(fresh)),
                        List.of(result),
                        in -> List.of(walk(in.get(0), in.get(1), above, fifo)))
                .getFirst();
    }

    private static Tensor walk(Tensor kept, Tensor fresh, double above, boolean fifo) {
        int p = kept.dim(1);
        int t = fresh.dim(1);
        int rows = kept.dim(0);
        double[] old = kept.toDoubles();
        double[] own = fresh.toDoubles();
        long[] out = new long[rows * (t + 1) * p];
        Arrays.fill(out, -1);
        for (int b = 0; b < rows; b++) {
            double[] importance = new double[p + t];
            System.arraycopy(old, b * p, importance, 0, p);
            System.arraycopy(own, b * t, importance, p, t);
            int[] held = new int[p];
            int n = 0;
            while (n < p && importance[n] >= 0) {
                held[n] = n++;
            }
            for (int s = 0; s <= t; s++) {
                for (int i = 0; i < n; i++) {
                    out[(b * (t + 1) + s) * p + i] = held[i];
                }
                if (s < t && importance[p + s] > above) {
                    if (n == p) {
                        int gone = fifo ? 0 : least(held, importance);
                        System.arraycopy(held, gone + 1, held, gone, --n - gone);
                    }
                    held[n++] = p + s;
                }
            }
        }
        return Tensor.of(out, rows, t + 1, p);
    }

    private static int least(int[] held, double[] importance) {
        int at = 0;
        for (int i = 1; i < held.length; i++) {
            at = importance[held[i]] < importance[held[at]] ? i : at;
        }
        return at;
    }

    /** Rows of x [B, S, ..] at index [B, n], -1 standing for any. */
    static Tensor rows(Tensor x, Tensor index) {
        int s = x.dim(1);
        Tensor zero = Ops.zerosLike(index);
        Tensor base =
                Ops.iota(DType.I64, x.dim(0)).mul(Tensor.of(new long[] {s}, 1)).unsqueeze(1);
        Tensor flat = Ops.maximum(index, zero).add(base).reshape((int) index.size());
        return Ops.indexSelect(x.reshape(x.dim(0) * s, x.rank() == 3 ? x.dim(2) : 1), 0, flat);
    }

    /** Several pools as one. */
    static Pool union(List<Pool> pools) {
        List<Tensor> index = new ArrayList<>();
        long before = 0;
        for (Pool p : pools) {
            Tensor moved = p.index().add(Tensor.of(new long[] {before}, 1));
            index.add(Ops.where(p.filled(), moved, p.index()));
            before += p.table().dim(1);
        }
        return new Pool(Ops.concat(1, pools.stream().map(Pool::table).toList()), Ops.concat(2, index));
    }

    /** BOOL [B, T, n]. */
    Tensor filled() {
        return index.ge(Ops.zerosLike(index));
    }

    /** softmax(q k / sqrt(ds)) v over what each token can read [B, T, ds], 0 where that is nothing. @param k, v [B, S, ds] */
    public Tensor read(Tensor q, Tensor k, Tensor v) {
        int t = index.dim(1);
        int n = index.dim(2);
        int ds = q.dim(2);
        Tensor flat = index.reshape(index.dim(0), t * n);
        Tensor keys = rows(k, flat).reshape(q.dim(0), t, n, ds);
        Tensor values = rows(v, flat).reshape(q.dim(0), t, n, ds);
        Tensor scores = q.unsqueeze(2).matmulT(keys).mul(1 / Math.sqrt(ds));
        Tensor weights = Fused.softmax(scores, 3, filled().unsqueeze(2), Softmax.EmptyRow.ZERO);
        return weights.matmul(values).reshape(q.dim(0), t, ds);
    }
}
