package org.layerzoo.plugins.inlineattention;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Padding;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Sequences;

/**
 * Injective linear attention with a local residual (section 4), x [B, N, C] -> y [B, N, C] for a map of N = h w tokens:
 *
 * <pre>
 * o_i = phi(q_i) KV + (1 - d^-1/2 phi(q_i) . mean phi(k)) mean v,  KV = phi(K)^T V d^-1/2 / N
 * o_i += sum over the 3 x 3 places around i of r_j v_j,  r = MLP(mean x);  y = o W
 * </pre>
 *
 * FLOPs O(B N C (C + d)), memory O(B N C). Equals inline_swin.py:InLineAttention of the authors.
 */
final class InlineAttentionLayer implements HeadedLayer {
    private final InlineAttentionConfig c;
    private final Linear qkv;
    private final Linear proj;
    private final Optional<Residual> residual;

    /** Two grouped 1 x 1 convolutions of the mean token, [B, C] -> 3 x 3 kernels [B C, 1, 3, 3]. */
    private record Residual(Param w0, Param b0, Param w2, Param b2, int heads) {
        static Residual of(Params p, int dim, int heads) {
            int d = dim / heads;
            return new Residual(
                    p.weight("residual.0.weight", Shape.of(dim, d, 1), Init.truncatedNormal(0.02)),
                    p.weight("residual.0.bias", Shape.of(dim), Init.zeros(), new Param.Attr.NoDecay()),
                    p.weight("residual.2.weight", Shape.of(9 * dim, d, 1), Init.truncatedNormal(0.02)),
                    p.weight("residual.2.bias", Shape.of(9 * dim), Init.zeros(), new Param.Attr.NoDecay()),
                    heads);
        }

        Tensor kernels(Tensor x) {
            Tensor mean = x.mean(1).unsqueeze(2);
            Tensor hidden = Ops.gelu(grouped(mean, w0, b0));
            return grouped(hidden, w2, b2).reshape(x.dim(0) * x.dim(2), 1, 3, 3);
        }

        private Tensor grouped(Tensor x, Param w, Param b) {
            return Spatial.bias(Spatial.conv1d(x, w.value(), Padding.valid(), 1, 1, heads), b.value());
        }
    }

    InlineAttentionLayer(InlineAttentionConfig c, Params p) {
        this.c = c;
        qkv = Linear.truncated(p, "qkv", c.dim(), 3 * c.dim(), c.qkvBias());
        proj = Linear.truncated(p, "proj", c.dim(), c.dim(), true);
        residual = c.residual() ? Optional.of(Residual.of(p, c.dim(), c.heads())) : Optional.empty();
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "inline-attention");
        Tensor x = in.get("x");
        Sequences.onMap(x, c.height(), c.width(), "inline-attention");
        List<Tensor> t = Ops.split(qkv.apply(x), -1, c.dim(), c.dim(), c.dim());
        Tensor q = Heads.split(phi(t.get(0)), c.heads());
        Tensor k = Heads.split(phi(t.get(1)), c.heads());
        Tensor o = call.taps().at(HEADS, Injective.read(q, k, Heads.split(t.get(2), c.heads())));
        if (call.aux().wants("weights")) {
            call.aux().put("weights", Injective.weights(q, k));
        }
        Tensor y = Heads.merge(o);
        return Tensors.of(
                "y",
                proj.apply(
                        residual.map(r -> y.add(local(r.kernels(x), t.get(2)))).orElse(y)));
    }

    private Tensor phi(Tensor u) {
        return switch (c.kernel()) {
            case IDENTITY -> u;
            case RELU -> Ops.relu(u);
            case LEAKY_RELU -> Ops.leakyRelu(u, 0.01);
            case EXP -> Ops.exp(u.mul(0.2));
        };
    }

    /** Each channel of each sample by its own kernel: one depthwise convolution of B C channels. */
    private Tensor local(Tensor kernels, Tensor v) {
        int channels = v.dim(0) * v.dim(2);
        Tensor map = v.permute(0, 2, 1).reshape(1, channels, c.height(), c.width());
        Tensor y = Spatial.conv2d(map, kernels, Padding.of(1), 1, 1, channels);
        return y.reshape(v.dim(0), v.dim(2), v.dim(1)).permute(0, 2, 1);
    }
}
