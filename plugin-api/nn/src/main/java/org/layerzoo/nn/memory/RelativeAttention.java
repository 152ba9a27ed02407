package org.layerzoo.nn.memory;

import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Attended;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;

/**
 * Attention of Transformer-XL (Dai et al. 2019, section 3.3): the scores of row i and key j are
 * ((q_i + u) k_j + (q_i + v) W_R R_{i-j}) / sqrt(d), R sines and cosines of the distance; causal, the last row meets the last key.
 */
public record RelativeAttention(int heads, Linear q, Linear k, Linear v, Linear r, Linear out, Param u, Param w) {
    /** Keys and values [B, H, S, d]. */
    public record KeyValues(Tensor k, Tensor v) {}

    /** Heads' results merged and projected, and how much each key was attended to [B, S]. */
    public record Read(Tensor y, Tensor mass) {}

    /** Parameters {@code q_proj}, {@code k_proj}, {@code v_proj}, {@code r_proj}, {@code o_proj} without biases, {@code r_w_bias} and {@code r_r_bias} [H, d]. */
    public static RelativeAttention of(Params p, int dim, int heads) {
        Shape s = Shape.of(heads, dim / heads);
        return new RelativeAttention(
                heads,
                Linear.of(p, "q_proj", dim, dim, false),
                Linear.of(p, "k_proj", dim, dim, false),
                Linear.of(p, "v_proj", dim, dim, false),
                Linear.of(p, "r_proj", dim, dim, false),
                Linear.of(p, "o_proj", dim, dim, false),
                p.weight("r_w_bias", s, Init.normal(0.02), new Param.Attr.NoDecay()),
                p.weight("r_r_bias", s, Init.normal(0.02), new Param.Attr.NoDecay()));
    }

    /** @param x [B, S, D] */
    public KeyValues project(Tensor x) {
        return new KeyValues(Heads.split(k.apply(x), heads), Heads.split(v.apply(x), heads));
    }

    /** @param x rows [B, n, D] @param kv of all that they may see, S >= n of them, the rows' own last */
    public Read read(Tensor x, KeyValues kv) {
        int n = x.dim(1);
        int s = kv.k().dim(2);
        Tensor qh = Heads.split(q.apply(x), heads);
        int d = qh.dim(3);
        Tensor place = Heads.split(r.apply(distances(x.dtype(), s, x.dim(2)).unsqueeze(0)), heads);
        Tensor far = qh.add(w.value().unsqueeze(1)).matmulT(place).div(Math.sqrt(d));
        Attended a = Fused.attend(qh.add(u.value().unsqueeze(1)))
                .keys(kv.k(), kv.v())
                .causal()
                .bias(shifted(far, n, s))
                .wants(new Wants(false, Wants.ALL, false, 0))
                .run();
        return new Read(
                out.apply(Heads.merge(a.o())), a.columnMass().orElseThrow().sum(1));
    }

    /** R of distances s - 1, .. 1, 0: sines, then cosines, [s, D]. */
    public static Tensor distances(DType dtype, int s, int dim) {
        int half = dim / 2;
        Tensor rate = Ops.exp(Ops.iota(DType.F64, half).mul(-2.0 / dim * Math.log(10000)));
        Tensor far = Ops.iota(DType.F64, s).neg().add(s - 1).unsqueeze(1);
        Tensor angle = far.mul(rate);
        return Ops.concat(1, Ops.sin(angle), Ops.cos(angle)).cast(dtype);
    }

    /** Column j of row i holds distance s - 1 - j; moves it to where the key of that distance is. What lies ahead of a row is hidden anyway. */
    private static Tensor shifted(Tensor far, int n, int s) {
        Tensor padded = Ops.padZero(far, 3, 1, 0);
        return padded.reshape(far.dim(0), far.dim(1), s + 1, n)
                .slice(2, 1, s + 1)
                .reshape(far.dim(0), far.dim(1), n, s);
    }
}
