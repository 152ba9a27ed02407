package org.layerzoo.plugins.nprfrpeattention;

import java.util.Optional;
import java.util.stream.IntStream;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Buffer;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.linear.PositiveFeatures;
import org.layerzoo.plugins.nprfrpeattention.NprfConfig.Offsets;

/**
 * Kernelised attention with relative positions (section 3), x [B, T, D] -> y [B, T, D]:
 *
 * <pre>
 * q, k = x W / |x W|;  phi(u) = exp(W_r u - |u|^2 / 2) / sqrt(m);  y_i = W_o sum_j e^{b_{j-i}} phi(q_i).phi(k_j) v_j / sum_j e^{b_{j-i}} phi(q_i).phi(k_j)
 * </pre>
 *
 * FLOPs O(B T D^2 + B H m d T log T), memory O(B T D) and a tile of features.
 */
final class NprfLayer implements HeadedLayer {
    private final NprfConfig c;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear out;
    private final Optional<Param> bias;
    private final Buffer rows;

    NprfLayer(NprfConfig c, Build b) {
        this.c = c;
        q = Linear.of(b.params(), "q_proj", c.dim(), c.dim(), true);
        k = Linear.of(b.params(), "k_proj", c.dim(), c.dim(), true);
        v = Linear.of(b.params(), "v_proj", c.dim(), c.dim(), true);
        out = Linear.of(b.params(), "o_proj", c.dim(), c.dim(), true);
        bias = switch (c.offsets()) {
            case Offsets.None o -> Optional.empty();
            case Offsets.Each o -> Optional.of(bias(b, 2 * c.length() - 1));
            case Offsets.Buckets o -> Optional.of(bias(b, o.buckets()));
        };
        rows = b.params()
                .buffer(
                        "features",
                        b.dtype(),
                        Shape.of(c.features(), c.headDim()),
                        PositiveFeatures.rows(c.orthogonal()));
    }

    private Param bias(Build b, int numbers) {
        return b.params().weight("relative_bias", Shape.of(c.heads(), numbers), Init.zeros(), new Param.Attr.NoDecay());
    }

    /** b of the offsets -(t - 1) .. t - 1, [H, 2t - 1]. */
    private Tensor offsets(Tensor x) {
        int t = x.dim(1);
        if (bias.isEmpty()) {
            return Tensor.zeros(x.dtype(), c.heads(), 2 * t - 1);
        }
        if (!(c.offsets() instanceof Offsets.Buckets o)) {
            return bias.get().value();
        }
        long[] bucket =
                IntStream.range(1 - t, t).mapToLong(i -> o.of(i, c.causal())).toArray();
        return Ops.indexSelect(bias.get().value(), 1, Tensor.of(bucket, bucket.length));
    }

    /** phi of u [.., d] with rows W [m, d]; of unit length first when normalised, else times d^-1/4. */
    static Tensor features(Tensor u, Tensor w, boolean normalised) {
        Tensor x = normalised ? Fused.l2Norm(u, -1, 1e-6, Root.MAX) : u.mul(Math.pow(u.dim(-1), -0.25));
        return Ops.exp(PositiveFeatures.logs(x, w, false));
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "nprf-rpe-attention");
        Tensor x = in.get("x");
        int t = x.dim(1);
        if (t > c.length()) {
            throw ZooException.badShape(
                    "nprf-rpe-attention: at most " + c.length() + " tokens expected (length), given " + x.shape());
        }
        ToeplitzAttention a = new ToeplitzAttention(
                features(Heads.split(q.apply(x), c.heads()), rows.value(), c.normalised()),
                features(Heads.split(k.apply(x), c.heads()), rows.value(), c.normalised()),
                Heads.split(v.apply(x), c.heads()),
                ToeplitzAttention.weights(offsets(x), t, c.causal()));
        return Tensors.of("y", out.apply(Heads.merge(call.taps().at(HEADS, read(a, call.algorithm())))));
    }

    private static Tensor read(ToeplitzAttention a, Call.Algorithm form) {
        return switch (form) {
            case Call.Algorithm.Auto f -> a.read();
            case Call.Algorithm.Dense f -> a.direct();
            case Call.Algorithm.Parallel f -> a.fast();
            default ->
                throw ZooException.unsupported(
                        "nprf-rpe-attention has no " + form + " form: dense or parallel expected");
        };
    }
}
