package org.layerzoo.plugins.seqboatsma;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Rope;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig.Positions;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig.Weights;

/** The gated attention unit on packed tokens (section 3.2): h = W_h ((A v) * r) with one head of queries and keys z. */
public final class GatedUnit {
    private static final double MU = 0.7071067811865476;
    private static final double SIGMA = 0.28209479177387814;
    /** (1 + erf(-mu / (sigma sqrt 2))) / 2. */
    private static final double LAPLACE_OF_ZERO = 0.006094441092401426;

    private final SeqBoatConfig c;
    private final Linear mx;
    private final Param gamma;
    private final Param beta;
    private final Optional<Param> bias;
    private final Linear out;

    public GatedUnit(SeqBoatConfig c, Params p) {
        this.c = c;
        mx = Linear.truncated(p, "mx_proj", c.dim(), c.queries() + 2 * c.values(), true);
        gamma = p.weight("gamma", Shape.of(2, c.queries()), Init.normal(0.02));
        beta = p.weight("beta", Shape.of(2, c.queries()), Init.zeros());
        bias = c.positions() == Positions.ROTARY
                ? Optional.empty()
                : Optional.of(p.weight(
                        "rel_pos_bias.rel_pos_bias", Shape.of(c.table()), Init.normal(0.02), new Param.Attr.NoDecay()));
        out = Linear.truncated(p, "h_proj", c.values(), c.dim(), true);
    }

    /** Queries, keys [B, S, z], values, gates [B, S, e], places I64 [B, S] and which rows count, BOOL [B, S]. */
    public record Rows(Tensor q, Tensor k, Tensor v, Tensor gate, Tensor ticks, Tensor valid) {}

    public Rows project(Tensor m, Tensor ticks, Tensor valid) {
        List<Tensor> p = Ops.split(mx.apply(m, Activation.SILU), -1, c.queries(), c.values(), c.values());
        Tensor q = p.get(0).mul(gamma.value().select(0, 0)).add(beta.value().select(0, 0));
        Tensor k = p.get(0).mul(gamma.value().select(0, 1)).add(beta.value().select(0, 1));
        if (c.positions() == Positions.ROTARY) {
            Rope rope = Rope.interleaved(10000);
            q = rope.rotate(q.unsqueeze(1), ticks).squeeze(1);
            k = rope.rotate(k.unsqueeze(1), ticks).squeeze(1);
        }
        return new Rows(q, k, p.get(2), p.get(1), ticks, valid);
    }

    Tensor finish(Tensor read, Tensor gate) {
        return out.apply(read.mul(gate));
    }

    /** A v over all rows that count. @param ranks divisor of each row, [B, S] or [B, 1] */
    Tensor global(Rows r, Tensor ranks) {
        Tensor q = c.weights() == Weights.SOFTMAX ? r.q() : r.q().div(ranks.unsqueeze(-1));
        Attention a = Fused.attend(q.unsqueeze(1))
                .keys(r.k().unsqueeze(1), r.v().unsqueeze(1))
                .positions(r.ticks(), r.ticks())
                .keyMask(r.valid());
        a = c.reach().causal() ? a.window(-1, 0) : a;
        return weighted(a).o().squeeze(1);
    }

    private Attention weighted(Attention a) {
        Attention b =
                bias.map(t -> a.offsets(t.value().unsqueeze(0), c.table() / 2)).orElse(a);
        return switch (c.weights()) {
            case RELU2 -> b.scale(1).norm(new Normaliser.Relu2());
            case LAPLACE -> b.scale(1).norm(new Normaliser.Laplace(MU, SIGMA));
            case SOFTMAX -> b;
        };
    }

    /** A v with a window, in blocks of that size that look at the block before and, both ways, behind; linear in S. */
    public Tensor local(Rows r) {
        int w = c.reach().window();
        int n = r.q().dim(1);
        int blocks = (n + w - 1) / w;
        int pad = blocks * w - n;
        Tensor q = rows(Ops.padZero(r.q(), 1, 0, pad), blocks);
        Tensor k = looked(Ops.padZero(r.k(), 1, 0, pad), blocks);
        Tensor v = looked(Ops.padZero(r.v(), 1, 0, pad), blocks);
        Tensor valid = looked(Ops.padZero(r.valid().cast(DType.I64).unsqueeze(-1), 1, 0, pad), blocks)
                .squeeze(-1)
                .gt(Ops.iota(DType.I64, 1));
        boolean packed = c.positions() == Positions.PACKED;
        Tensor places = packed
                ? Ops.iota(DType.I64, n).unsqueeze(0).expand(r.ticks().shape().dims())
                : r.ticks();
        Tensor at = Ops.padZero(places.unsqueeze(-1), 1, 0, pad);
        Tensor band = band(w, k.dim(1));
        double keys = c.weights() == Weights.SOFTMAX ? 1 : (c.reach().causal() ? w : 2.0 * w);
        Attention a = Fused.attend(q.div(keys).unsqueeze(1))
                .keys(k.unsqueeze(1), v.unsqueeze(1))
                .positions(rows(at, blocks).squeeze(-1), looked(at, blocks).squeeze(-1))
                .keyMask(valid)
                .mask(band);
        Tensor o = weighted(a).o();
        if (c.weights() == Weights.LAPLACE && c.reach().maskedKeep()) {
            Tensor masked = Fused.attend(Ops.zerosLike(q).unsqueeze(1))
                    .keys(k.unsqueeze(1), v.unsqueeze(1))
                    .keyMask(valid)
                    .mask(band.not())
                    .keyBias(Tensor.ones(q.dtype(), q.dim(0), k.dim(1)))
                    .norm(new Normaliser.None())
                    .o();
            o = o.add(masked.mul(LAPLACE_OF_ZERO));
        }
        return o.reshape(r.q().dim(0), blocks * w, r.v().dim(2)).slice(1, 0, n);
    }

    /** [B, blocks w, d] -> [B blocks, w, d]. */
    private Tensor rows(Tensor t, int blocks) {
        return t.reshape(t.dim(0) * blocks, c.reach().window(), t.dim(2));
    }

    /** [B, blocks w, d] -> [B blocks, 2 w or 3 w, d]: the block before, the block itself and, both ways, the one behind. */
    private Tensor looked(Tensor t, int blocks) {
        int w = c.reach().window();
        Tensor before = Ops.padZero(t.slice(1, 0, (blocks - 1) * w), 1, w, 0);
        Tensor two = Ops.concat(2, blocked(before, blocks), blocked(t, blocks));
        if (!c.reach().causal()) {
            two = Ops.concat(2, two, blocked(Ops.padZero(t.slice(1, w, blocks * w), 1, 0, w), blocks));
        }
        return two.reshape(t.dim(0) * blocks, two.dim(2), t.dim(2));
    }

    private Tensor blocked(Tensor t, int blocks) {
        return t.reshape(t.dim(0), blocks, c.reach().window(), t.dim(2));
    }

    /** BOOL [1, 1, w, n]: row r sees the columns r .. r + n - w. */
    private static Tensor band(int w, int n) {
        boolean[] seen = new boolean[w * n];
        for (int r = 0; r < w; r++) {
            for (int j = r; j <= r + n - w; j++) {
                seen[r * n + j] = true;
            }
        }
        return Tensor.of(seen, 1, 1, w, n);
    }
}
