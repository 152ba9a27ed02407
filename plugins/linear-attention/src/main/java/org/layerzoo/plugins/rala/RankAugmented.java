package org.layerzoo.plugins.rala;

import java.util.Optional;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.linear.LinearAttention;

/**
 * The attention on heads: keys weighed by how the mean query sees them, products of rotated queries and keys, normalised by
 * those not rotated. With alpha = 1 and no rotation it is plain linear attention.
 *
 * @param q kappa(q), positive [B, H, N, d]
 * @param k kappa(k), positive
 * @param v [B, H, N, d]
 * @param alpha [B, H, N, 1], summing to N
 * @param rope rotations of the map, absent for none
 */
public record RankAugmented(Tensor q, Tensor k, Tensor v, Tensor alpha, Optional<Rotation> rope) {
    private static final double EPS = 1e-6;

    /** Cosines and sines [N, d] of a map: the first half of the channels by row, the second by column, pairs alike. */
    public record Rotation(Tensor cos, Tensor sin) {
        /** angle_t = place 10000^(-linspace(0, 1, d/4)_t), each twice. */
        public static Rotation of(int h, int w, int d, DType dtype) {
            double[] cos = new double[h * w * d];
            double[] sin = new double[h * w * d];
            int quarter = d / 4;
            for (int i = 0; i < h * w * d; i++) {
                int c = i % d;
                int place = c < d / 2 ? i / d / w : i / d % w;
                int t = c % (d / 2) / 2;
                double angle = place * Math.pow(10000, quarter == 1 ? 0 : -t / (quarter - 1.0));
                cos[i] = Math.cos(angle);
                sin[i] = Math.sin(angle);
            }
            return new Rotation(Tensor.of(dtype, cos, h * w, d), Tensor.of(dtype, sin, h * w, d));
        }

        /** x cos + (-x1, x0) sin over pairs of channels. */
        Tensor apply(Tensor x) {
            Shape pairs = x.shape().sub(0, x.rank() - 1).append(x.dim(-1) / 2, 2);
            Tensor two = x.reshape(pairs);
            Tensor turned = Ops.concat(-1, two.slice(-1, 1, 2).neg(), two.slice(-1, 0, 1))
                    .reshape(x.shape());
            return x.mul(cos).add(turned.mul(sin));
        }
    }

    /** alpha_j = N softmax_j(d^-1/2 mean q . k_j). */
    public static Tensor alpha(Tensor q, Tensor k) {
        Tensor logits = k.matmulT(q.meanKeep(2)).mul(1 / Math.sqrt(q.dim(3)));
        return Fused.softmax(logits, 2).mul(k.dim(2));
    }

    private Tensor weighed() {
        return k.mul(alpha);
    }

    private Tensor turned(Tensor x) {
        return rope.map(r -> r.apply(x)).orElse(x);
    }

    /** 1 / (q_i . mean alpha k + 1e-6), [B, H, N, 1]. */
    private Tensor normaliser() {
        return Ops.reciprocal(q.matmulT(weighed().meanKeep(2)).add(EPS));
    }

    /** sum_j alpha_j k_j v_j^T, [B, H, d, d]. */
    public Tensor buffer() {
        return turned(weighed()).tMatmul(v);
    }

    /** y [B, H, N, d] in the order that costs less. */
    public Tensor read() {
        // 1/N as N^-1/2 on each side keeps the sums small.
        double root = 1 / Math.sqrt(k.dim(2));
        return LinearAttention.bothWays(turned(q).mul(root), turned(weighed()).mul(root), v)
                .mul(normaliser());
    }

    /** The matrix [B, H, N, N] of the same, for looking at. */
    public Tensor weights() {
        return turned(q).matmulT(turned(weighed())).mul(1.0 / k.dim(2)).mul(normaliser());
    }
}
