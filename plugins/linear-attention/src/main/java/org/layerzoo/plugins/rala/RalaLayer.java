package org.layerzoo.plugins.rala;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.DepthwiseMap;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.LayerScale;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.plugins.rala.RalaConfig.Form;

/**
 * Rank-augmented linear attention (section 3), x [B, N, C] -> y [B, N, C] for a map of N = h w tokens, kappa(u) = elu(u) + 1:
 *
 * <pre>
 * q, k = kappa(x W), v, o = x W;  alpha_j = N softmax_j(d^-1/2 mean q . k_j);  z_i = 1 / (q_i . mean alpha k + 1e-6)
 * y = ((z rot(q) (rot(alpha K)^T V) / N + DW5x5(v)) * o) W
 * </pre>
 *
 * FLOPs O(B N C (C + d)), memory O(B N C). Equals RALA.py:GateLinearAttentionNoSilu and Block of the authors.
 */
final class RalaLayer implements HeadedLayer {
    private final RalaConfig c;
    private final Linear qkvo;
    private final DepthwiseMap lepe;
    private final Linear proj;
    private final Optional<Around> around;

    /** With bias. */
    private static DepthwiseMap depthwise(Params p, String name, int channels, int side) {
        return DepthwiseMap.of(p, name, channels, side, true, Init.truncatedNormal(0.02));
    }

    /** What a block adds. */
    private record Around(
            DepthwiseMap pos,
            Norm norm1,
            Norm norm2,
            Linear fc1,
            Linear fc2,
            DepthwiseMap dwconv,
            Optional<LayerScale> gamma1,
            Optional<LayerScale> gamma2) {
        static Around of(Params p, int dim, Form.Block f) {
            boolean scaled = f.layerScale() > 0;
            return new Around(
                    depthwise(p, "pos", dim, 3),
                    Norm.Layer.of(p, "norm1.norm", dim, 1e-6),
                    Norm.Layer.of(p, "norm2.norm", dim, 1e-6),
                    Linear.truncated(p, "ffn.fc1", dim, f.hidden(), true),
                    Linear.truncated(p, "ffn.fc2", f.hidden(), dim, true),
                    depthwise(p, "ffn.dwconv", f.hidden(), 3),
                    scaled ? Optional.of(LayerScale.of(p, "gamma_1", dim, f.layerScale())) : Optional.empty(),
                    scaled ? Optional.of(LayerScale.of(p, "gamma_2", dim, f.layerScale())) : Optional.empty());
        }
    }

    RalaLayer(RalaConfig c, Params p) {
        this.c = c;
        Params at = c.form() instanceof Form.Block ? p.at("attn") : p;
        qkvo = Linear.truncated(at, "qkvo", c.dim(), 4 * c.dim(), true);
        lepe = depthwise(at, "lepe", c.dim(), 5);
        proj = Linear.truncated(at, "proj", c.dim(), c.dim(), true);
        around = c.form() instanceof Form.Block f ? Optional.of(Around.of(p, c.dim(), f)) : Optional.empty();
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "rala");
        Tensor x = in.get("x");
        Sequences.onMap(x, c.height(), c.width(), "rala");
        return Tensors.of("y", around.map(a -> block(a, x, call)).orElseGet(() -> attention(x, call)));
    }

    private Tensor attention(Tensor x, Call call) {
        int d = c.dim();
        List<Tensor> t = Ops.split(qkvo.apply(x), -1, d, d, d, d);
        Tensor q = Heads.split(LinearAttention.eluPlusOne(t.get(0)), c.heads());
        Tensor k = Heads.split(LinearAttention.eluPlusOne(t.get(1)), c.heads());
        var rope = RankAugmented.Rotation.of(c.height(), c.width(), d / c.heads(), x.dtype());
        RankAugmented a =
                new RankAugmented(q, k, Heads.split(t.get(2), c.heads()), RankAugmented.alpha(q, k), Optional.of(rope));
        if (call.aux().wants("weights")) {
            call.aux().put("weights", a.weights());
        }
        Tensor y = Heads.merge(call.taps().at(HEADS, a.read()));
        return proj.apply(y.add(lepe.apply(t.get(2), c.height(), c.width())).mul(t.get(3)));
    }

    private Tensor block(Around a, Tensor x, Call call) {
        Tensor placed = x.add(a.pos().apply(x, c.height(), c.width()));
        Tensor mixed = attention(a.norm1().apply(placed), call);
        Tensor y = placed.add(a.gamma1().map(g -> g.apply(mixed)).orElse(mixed));
        Tensor hidden = a.fc1().apply(a.norm2().apply(y), Activation.GELU);
        Tensor fed = a.fc2().apply(hidden.add(a.dwconv().apply(hidden, c.height(), c.width())));
        return y.add(a.gamma2().map(g -> g.apply(fed)).orElse(fed));
    }
}
