package org.layerzoo.plugins.lightningattention2;

import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.linear.Slopes;

/** The form for many cores or ranks: all blocks at once from an empty state, a scan over their states, what came before them added to the reads. */
public final class ScannedBlocks {
    private ScannedBlocks() {}

    /** @param slopes one a head @param block tokens C; o [B, H, T, e] */
    public static Tensor of(Tensor q, Tensor k, Tensor v, double[] slopes, int block) {
        int t = q.dim(2);
        int n = (t + block - 1) / block;
        Tensor qb = cut(q, n, block);
        // Each block is a head of its own: head h n + i is block i of head h.
        double[] repeated = new double[slopes.length * n];
        for (int i = 0; i < repeated.length; i++) {
            repeated[i] = slopes[i / n];
        }
        Recurrence.Recurred own = Fused.recur(qb, cut(k, n, block), cut(v, n, block))
                .perHead(Slopes.decay(q.dtype(), repeated))
                .algorithm(new Algorithm.Parallel())
                .run();
        Shape split = Shape.of(q.dim(0), slopes.length, n, q.dim(3) * v.dim(3));
        Tensor sums = own.state().reshape(split);
        Tensor keep = powers(sums.dtype(), slopes, block, block + 1).reshape(1, slopes.length, 1, 1);
        Tensor none = Tensor.zeros(sums.dtype(), q.dim(0), slopes.length, split.dim(3));
        Tensor after = Ops.firstOrder(keep.expand(split.dims()), sums, none, 2, false);
        Tensor before = Ops.padZero(after.slice(2, 0, n - 1), 2, 1, 0)
                .reshape(own.state().shape());
        Tensor into = powers(q.dtype(), repeated, 1, block + 1).unsqueeze(2);
        Tensor o = own.o().add(qb.mul(into).matmul(before.cast(q.dtype())));
        return o.reshape(q.dim(0), slopes.length, n * block, v.dim(3)).slice(2, 0, t);
    }

    /** [B, H, T, d] -> [B, H n, C, d], zeros behind the last token. */
    private static Tensor cut(Tensor x, int n, int block) {
        return Ops.padZero(x, 2, 0, n * block - x.dim(2)).reshape(x.dim(0), x.dim(1) * n, block, x.dim(3));
    }

    /** exp(-slope_h r) for r in [from, to): [H, to - from]. */
    private static Tensor powers(DType dtype, double[] slopes, int from, int to) {
        int w = to - from;
        double[] p = new double[slopes.length * w];
        for (int i = 0; i < p.length; i++) {
            p[i] = Math.exp(-slopes[i / w] * (from + i % w));
        }
        return Tensor.of(dtype, p, slopes.length, w);
    }
}
