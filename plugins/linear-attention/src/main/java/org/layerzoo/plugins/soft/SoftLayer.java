package org.layerzoo.plugins.soft;

import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Padding;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Sequences;
import org.layerzoo.plugins.soft.SoftConfig.Form;

/**
 * Softmax-free attention (section 3), x [B, N, D] -> y [B, N, D] for a map of N = h w tokens; keys are queries:
 *
 * <pre>
 * q = x W_q / d^1/4;  l = GELU(LN(conv(q)));  C = k(q, l), A = k(l, l), k(a, b) = exp(-|a - b|^2 / 2)
 * y = (C A^-1 C^T v + conv(v)) W
 * </pre>
 *
 * FLOPs O(B N (D^2 + D m) + B h m^3 iterations) for m = N / ratio^2 landmarks, memory O(B h N (m + d)). Equals
 * softmax_free_transformer.py:SoftmaxFreeAttention and SoftmaxFreeTransformer of the authors.
 */
final class SoftLayer implements HeadedLayer {
    private final SoftConfig c;
    private final Linear q;
    private final Linear v;
    private final Linear out;
    private final Param landmark;
    private final Norm norm;
    private final Optional<Param> local;
    private final Optional<Around> around;

    /** What a block adds. */
    private record Around(Norm norm1, Linear ff1, Linear ff2, Norm norm2) {
        Tensor apply(Tensor x, Tensor mixed) {
            Tensor y = norm1.apply(x.add(mixed));
            return norm2.apply(y.add(ff2.apply(ff1.apply(y, Activation.GELU_TANH))));
        }
    }

    SoftLayer(SoftConfig c, Params p) {
        this.c = c;
        Params at = c.form() instanceof Form.Block ? p.at("mha") : p;
        int d = c.headDim();
        q = Linear.of(at, "W_q", c.dim(), c.dim(), true);
        v = Linear.of(at, "W_v", c.dim(), c.dim(), true);
        Params inner = at.at("attn");
        Shape square = c.ratio() == 1 ? Shape.of(d, d) : Shape.of(d, d, c.ratio(), c.ratio());
        landmark = inner.weight("Qlandmark_op.weight", square, Init.linear());
        norm = Norm.Layer.of(inner, "Qnorm_act.0", d, 1e-5);
        local = c.convolution() == 0
                ? Optional.empty()
                : Optional.of(inner.weight(
                        "conv.weight", Shape.of(c.heads(), 1, c.convolution(), c.convolution()), Init.linear()));
        out = Linear.of(at, "ff", c.dim(), c.dim(), true);
        around = c.form() instanceof Form.Block f
                ? Optional.of(new Around(
                        Norm.Layer.of(p, "norm1", c.dim(), 1e-5),
                        Linear.of(p, "ff1", c.dim(), f.hidden(), true),
                        Linear.of(p, "ff2", f.hidden(), c.dim(), true),
                        Norm.Layer.of(p, "norm2", c.dim(), 1e-5)))
                : Optional.empty();
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "soft");
        Tensor x = in.get("x");
        Sequences.onMap(x, c.height(), c.width(), "soft");
        Tensor mixed = attention(x, call);
        return Tensors.of("y", around.map(a -> a.apply(x, mixed)).orElse(mixed));
    }

    private Tensor attention(Tensor x, Call call) {
        Tensor qh = Heads.split(q.apply(x), c.heads()).mul(Math.pow(c.headDim(), -0.25));
        Tensor vh = Heads.split(v.apply(x), c.heads());
        Tensor l = landmarks(qh);
        Tensor o = c.ratio() == 1
                ? Gaussian.kernel(qh, l).matmul(vh)
                : Gaussian.read(qh, l, vh, c.middle(), c.iterations());
        Tensor y = local.map(w -> o.add(convolved(vh, w.value()))).orElse(o);
        return out.apply(Heads.merge(call.taps().at(HEADS, y)));
    }

    /** [B, h, N, d] -> [B, h, m, d]. */
    private Tensor landmarks(Tensor qh) {
        int d = c.headDim();
        if (c.ratio() == 1) {
            return Ops.gelu(norm.apply(Fused.linear(qh, landmark.value())));
        }
        int b = qh.dim(0);
        Tensor map = qh.transpose(2, 3).reshape(b * c.heads(), d, c.height(), c.width());
        Tensor few = Spatial.conv2d(map, landmark.value(), Padding.valid(), c.ratio(), 1, 1);
        Tensor rows = few.reshape(b, c.heads(), d, -1).transpose(2, 3);
        return Ops.gelu(norm.apply(rows));
    }

    /** One kernel a head for all of its channels. */
    private Tensor convolved(Tensor vh, Tensor w) {
        int b = vh.dim(0);
        int d = c.headDim();
        Tensor map = vh.permute(0, 3, 1, 2).reshape(b * d, c.heads(), c.height(), c.width());
        Tensor y = Spatial.conv2d(map, w, Padding.of(c.convolution() / 2), 1, 1, c.heads());
        return y.reshape(b, d, c.heads(), vh.dim(2)).permute(0, 2, 3, 1);
    }
}
