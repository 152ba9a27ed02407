package org.layerzoo.nn.linear;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;

/**
 * Linear attention without denominator, normalised behind the sum and gated, x [B, T, D] -> y [B, T, D] (the TransNormer line):
 *
 * <pre>
 * q, k = f(x W);  v = g(x W);  o_i = sum_{j <= i} exp(-slope_h (i - j)) (q_i . k_j) v_j;  y = (norm(o) * gate(x)) W_o
 * </pre>
 *
 * Looking both ways there is no decay, the sum runs over all j, and k and v may come from port {@code context}. FLOPs
 * O(B T E (D + C + d)) for width E, heads of d and chunks of C tokens; state B E d, twice that with rotated positions.
 */
public final class GatedLinearAttention implements LinearMixer, HeadedLayer {
    private static final String STATE = "kv";

    /**
     * Sizes and options.
     *
     * @param inner width E of all heads together
     * @param feature f of queries and keys
     * @param slopes one a head; absent means no decay
     * @param block tokens of a chunk
     * @param out name of the output projection
     * @param init of the projections' weights
     */
    public record Options(
            String layer,
            int dim,
            int inner,
            int heads,
            boolean bias,
            UnaryOperator<Tensor> feature,
            Activation values,
            Optional<double[]> slopes,
            boolean causal,
            int block,
            String out,
            Init init) {}

    /** What follows the sum, declared by the paper: norm over [.., E], gate of the layer's input, rotated positions. */
    public record Around(UnaryOperator<Tensor> norm, Optional<UnaryOperator<Tensor>> gate, Optional<Lrpe> positions) {}

    private final Options o;
    private final Around around;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear out;

    public GatedLinearAttention(Params p, Options o, Around around) {
        this.o = o;
        this.around = around;
        q = Linear.of(p, "q_proj", o.dim(), o.inner(), o.bias(), o.init());
        k = Linear.of(p, "k_proj", o.dim(), o.inner(), o.bias(), o.init());
        v = Linear.of(p, "v_proj", o.dim(), o.inner(), o.bias(), o.init());
        out = Linear.of(p, o.out(), o.inner(), o.dim(), o.bias(), o.init());
    }

    @Override
    public String layer() {
        return o.layer();
    }

    @Override
    public List<Memory> memory() {
        int d = o.inner() / o.heads();
        return List.of(new Memory(STATE, o.heads(), around.positions().isPresent() ? 2 * d : d, d));
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        Tensor x = in.get("x");
        Tensor source = in.find("context").orElse(x);
        Tensor qh = features(q, x, p);
        Tensor kh = features(k, source, p);
        Tensor vh = Heads.split(v.apply(source, o.values()), o.heads());
        Tensor sums =
                o.causal() ? p.recur(STATE, decayed(Fused.recur(qh, kh, vh), x)) : LinearAttention.bothWays(qh, kh, vh);
        Tensor y = around.norm().apply(Heads.merge(p.call().taps().at(HEADS, sums)));
        return out.apply(around.gate().map(g -> y.mul(g.apply(x))).orElse(y));
    }

    private Tensor features(Linear w, Tensor x, Pass p) {
        Tensor h = Heads.split(o.feature().apply(w.apply(x)), o.heads());
        return around.positions().map(r -> r.rotate(h, p.positions(x.dim(1)))).orElse(h);
    }

    private Recurrence decayed(Recurrence r, Tensor x) {
        r.chunked(o.block());
        return o.slopes().map(s -> r.perHead(Slopes.decay(x.dtype(), s))).orElse(r);
    }
}
