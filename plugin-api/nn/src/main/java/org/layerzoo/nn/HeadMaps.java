package org.layerzoo.nn;

import org.layerzoo.core.layer.Params;
import org.layerzoo.core.tensor.Tensor;

/** The linear maps around H heads of attention, all D wide: from tokens [B, T, D] to heads [B, H, T, d] and back. */
public record HeadMaps(Linear q, Linear k, Linear v, Linear out, int heads) {
    /** Parameters {@code q_proj}, {@code k_proj}, {@code v_proj} and {@code o_proj}, without biases. */
    public static HeadMaps of(Params p, int dim, int heads) {
        return new HeadMaps(
                Linear.of(p, "q_proj", dim, dim, false),
                Linear.of(p, "k_proj", dim, dim, false),
                Linear.of(p, "v_proj", dim, dim, false),
                Linear.of(p, "o_proj", dim, dim, false),
                heads);
    }

    public Tensor queries(Tensor x) {
        return Heads.split(q.apply(x), heads);
    }

    public Tensor keys(Tensor x) {
        return Heads.split(k.apply(x), heads);
    }

    public Tensor values(Tensor x) {
        return Heads.split(v.apply(x), heads);
    }

    /** y [B, T, D] of what the heads have read [B, H, T, d]. */
    public Tensor merged(Tensor o) {
        return out.apply(Heads.merge(o));
    }
}
