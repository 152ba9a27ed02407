package org.layerzoo.plugins.randomizedpositionalencodings;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Sequences;
import org.layerzoo.plugins.randomizedpositionalencodings.RandomizedPositionalEncodingsConfig.Encoding;

/**
 * Randomized distances: the offset r of key to query becomes s(r) = sign(r) d_|r| for sorted random d_1 < d_2 < ... of
 * 1..L-1; q, k [B, H, T, d] -> scores [B, H, T, T], scaled and before the softmax:
 *
 * <pre>
 * relative: ((q_j + u) . k_i + (q_j + v) . (R(s(i - j)) W)) / sqrt(d);  ALiBi: q_j . k_i / sqrt(d) - m_h (|s(i - j)| - [i < j] / 2)
 * </pre>
 *
 * One map serves all pairs, so 2 T - 1 rows are projected once and shifted. FLOPs O(B T^2 H d + T (H d)^2). Equals
 * compute_attention_with_noisy_relative_encodings and compute_noisy_alibi_encodings_biases of the authors.
 */
final class DistanceLayer implements Layer {
    private final RandomizedPositionalEncodingsConfig c;
    private final Optional<Relative> relative;

    /** u, v [H, d] and W [H d, H d], which multiplies from the right. */
    private record Relative(Param u, Param v, Param w) {
        static Relative of(RandomizedPositionalEncodingsConfig c, Params p) {
            Shape head = Shape.of(c.heads(), c.headDim());
            return new Relative(
                    p.weight("relpos_contentbias", head, Init.normal(0.02), new Param.Attr.NoDecay()),
                    p.weight("relpos_relativebias", head, Init.normal(0.02), new Param.Attr.NoDecay()),
                    p.weight("linear_w", Shape.of(c.dim(), c.dim()), Init.truncatedNormal(1 / Math.sqrt(c.dim()))));
        }
    }

    DistanceLayer(RandomizedPositionalEncodingsConfig c, Params p) {
        this.c = c;
        relative = c.encoding() instanceof Encoding.Relative ? Optional.of(Relative.of(c, p)) : Optional.empty();
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "randomized-positional-encodings with distances");
        Tensor q = in.get("q");
        Tensor k = in.get("k");
        if (q.dim(2) != k.dim(2)) {
            throw ZooException.badShape("randomized-positional-encodings: as many keys as queries expected, given q "
                    + q.shape() + " and k " + k.shape());
        }
        boolean bothSides =
                switch (c.encoding()) {
                    case Encoding.Relative r -> r.bothSides();
                    case Encoding.Alibi a -> a.bothSides();
                    default -> throw new IllegalStateException("no distances in " + c.encoding());
                };
        Tensor offsets = RandomPositions.offsets(call.draws(), q.dim(2), c.maxLength(), c.randomized(), bothSides);
        call.aux().put("offsets", offsets);
        double scale = 1 / Math.sqrt(c.headDim());
        return Tensors.of(
                "scores",
                relative.map(r -> scores(r, q, k, offsets).mul(scale))
                        .orElseGet(() -> q.matmulT(k).mul(scale).add(bias(offsets, q))));
    }

    private Tensor scores(Relative r, Tensor q, Tensor k, Tensor offsets) {
        boolean clipped = c.released().clippedTable() && c.randomized();
        Tensor places = clipped ? Ops.clamp(offsets.add(c.maxLength()), 0, c.maxLength() - 1) : offsets;
        Tensor table = RandomPositions.sinusoids(places, c.dim(), c.maxTimescale())
                .cast(q.dtype())
                .matmul(r.w().value());
        Tensor keys = table.reshape(offsets.dim(0), c.heads(), c.headDim()).permute(1, 0, 2);
        Tensor content = q.add(r.u().value().unsqueeze(1)).matmulT(k);
        return content.add(shifted(q.add(r.v().value().unsqueeze(1)).matmulT(keys)));
    }

    /** [B, H, T, 2 T - 1] by offset -> [B, H, T, T] by key: row j starts at offset -j. */
    private static Tensor shifted(Tensor byOffset) {
        int b = byOffset.dim(0);
        int h = byOffset.dim(1);
        int t = byOffset.dim(2);
        Tensor flat = Ops.padZero(byOffset, 3, 0, 1).reshape(b, h, 2 * t * t);
        return flat.slice(2, t - 1, t - 1 + t * (2 * t - 1))
                .reshape(b, h, t, 2 * t - 1)
                .slice(3, 0, t);
    }

    /** ALiBi's term [H, T, T] of the scores q. */
    private Tensor bias(Tensor offsets, Tensor q) {
        return alibi(offsets, c.heads(), q.dim(2)).cast(q.dtype());
    }

    /** F64 [H, T, T]: -m_h |s|, plus m_h / 2 for keys behind the query. */
    static Tensor alibi(Tensor offsets, int heads, int t) {
        Tensor half = Ops.where(offsets.lt(0), Tensor.scalar(DType.F64, 0.5), Tensor.scalar(DType.F64, 0));
        Tensor distance = Ops.abs(offsets).sub(half);
        Tensor slopes = Tensor.of(
                slopes(heads).stream().mapToDouble(Double::doubleValue).toArray(), heads, 1, 1);
        Tensor byOffset = distance.reshape(1, 1, 1, 2 * t - 1).expand(1, 1, t, 2 * t - 1);
        return shifted(byOffset).reshape(1, t, t).mul(slopes).neg();
    }

    /** 2^(-8 h / H), h = 1..H; for other numbers those of the next lower power of two, then every second of twice that power. */
    private static List<Double> slopes(int heads) {
        int power = Integer.highestOneBit(heads);
        List<Double> out = new java.util.ArrayList<>();
        for (int h = 1; h <= power; h++) {
            out.add(Math.pow(2, -8.0 * h / power));
        }
        for (int h = 0; h < heads - power; h++) {
            out.add(Math.pow(2, -8.0 * (2 * h + 1) / (2 * power)));
        }
        return out;
    }
}
