package org.layerzoo.nn.memory;

import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Heads;

/**
 * Projections, sliding window attention with T5 biases and channel mixer of the Block-Recurrent Transformer (Hutchins et al. 2022),
 * for tokens and, without window, for states. Weights are [in, out], norms RMS, no biases.
 */
public final class WindowTokens {
    private static final double EPS = 1e-6;
    private static final int BUCKETS = 32;
    private static final int FAR = 128;

    /**
     * @param strict rows see the W tokens before them, and zeros before the start; else themselves and the W - 1 before
     * @param cosine unit queries and keys under a learned scale a head; else 1 / sqrt(d)
     */
    public record Options(int dim, int heads, int headDim, int window, boolean strict, boolean cosine) {
        public int width() {
            return heads * headDim;
        }
    }

    /** Queries, with their scale in them, of two attentions and one set of keys and values: [B, H, T, d]. */
    public record Projected(Tensor self, Optional<Tensor> cross, Tensor k, Tensor v) {}

    private final Options o;
    private final Param norm;
    private final Param q;
    private final Param k;
    private final Param v;
    private final Optional<Param> scale;
    private final Optional<Param> cross;
    private final Optional<Param> crossScale;

    /** @param second whether there are queries of a second attention */
    public WindowTokens(Params p, Options o, boolean second) {
        this.o = o;
        Params at = p.at("_kvq");
        norm = gain(at, "pre_attn_layernorm.scale", o.dim());
        q = kernel(at, "queries_layer.kernel", o.dim(), o.width());
        k = kernel(at, "keys_layer.kernel", o.dim(), o.width());
        v = kernel(at, "values_layer.kernel", o.dim(), o.width());
        scale = o.cosine() ? Optional.of(gain(at, "attention_scale", o.heads())) : Optional.empty();
        cross = second ? Optional.of(kernel(at, "queries2_layer.kernel", o.dim(), o.width())) : Optional.empty();
        crossScale = second && o.cosine() ? Optional.of(gain(p, "attention_scale2", o.heads())) : Optional.empty();
    }

    /** A weight [in, out] of deviation 1 / sqrt(in). */
    public static Param kernel(Params p, String name, int in, int out) {
        return p.weight(name, Shape.of(in, out), Init.normal(1 / Math.sqrt(in)));
    }

    public static Param gain(Params p, String name, int dim) {
        return p.weight(name, Shape.of(dim), Init.ones(), new Param.Attr.NoDecay());
    }

    /** RMS norm as this paper has it. */
    public static Tensor norm(Tensor x, Param gain) {
        return Fused.rmsNorm(x, gain.value(), EPS);
    }

    /** @param x [B, T, D] @param place added to the normalised rows, or nothing */
    public Projected project(Tensor x, Optional<Tensor> place) {
        Tensor n = norm(x, norm);
        Tensor h = place.map(n::add).orElse(n);
        return new Projected(
                query(h, q, scale),
                cross.map(w -> query(h, w, crossScale)),
                unit(Heads.split(h.matmul(k.value()), o.heads())),
                Heads.split(h.matmul(v.value()), o.heads()));
    }

    private Tensor query(Tensor h, Param w, Optional<Param> s) {
        Tensor t = unit(Heads.split(h.matmul(w.value()), o.heads()));
        return s.map(g -> t.mul(g.value().reshape(o.heads(), 1, 1))).orElseGet(() -> t.div(Math.sqrt(o.headDim())));
    }

    private Tensor unit(Tensor t) {
        return o.cosine() ? Fused.l2Norm(t, -1, EPS, Root.INSIDE) : t;
    }

    /**
     * Sliding window attention of the last T of the keys' rows, O(T W): places follow from the sizes, so that what no row of a tile sees is left
     * out.
     *
     * @param q [B, H, T, d] @param k [B, H, W + T, d] with what lies before the rows, or less where nothing does
     * @param bias T5 table [H, 32]
     */
    public Tensor window(Tensor q, Tensor k, Tensor v, Tensor bias) {
        int w = o.window();
        // Strict rows stand one place back, so that their window ends before them: the last key is nobody's.
        int shift = o.strict() ? 1 : 0;
        int seen = k.dim(2) - shift;
        long[] bucket = new long[w];
        for (int i = 0; i < w; i++) {
            bucket[i] = bucket(w - 1 - i + shift);
        }
        Tensor table = Ops.indexSelect(bias, 1, Tensor.of(bucket, w));
        Attention a = Fused.attend(q)
                .keys(k.slice(2, 0, seen), v.slice(2, 0, seen))
                .window(w - 1, 0)
                .offsets(scale.map(g -> table.mul(g.value().unsqueeze(1))).orElse(table), w - 1);
        return a.scale(1).o();
    }

    /** Bucket of T5's causal relative positions. */
    private static int bucket(int distance) {
        int exact = BUCKETS / 2;
        if (distance < exact) {
            return distance;
        }
        // In F32, as released: a rounding of the logarithm decides the bucket at its border.
        float log = (float) Math.log((float) distance / exact + 1e-6f) / (float) Math.log((double) FAR / exact);
        return Math.min(BUCKETS - 1, exact + (int) (log * exact));
    }

    /** Attention to all keys without positions. */
    public static Tensor all(Tensor q, Tensor k, Tensor v) {
        return Fused.attend(q).keys(k, v).scale(1).o();
    }
}
