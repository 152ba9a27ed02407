package org.layerzoo.nn;

import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.shortconv.TokenConv;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * Causal depthwise convolution over tokens, x [B, T, C], with an activation behind it; the last tap meets the current
 * token. Parameters {@code name.weight} [C, 1, W] and {@code name.bias} [C], as the field's checkpoints have them.
 */
public record DepthwiseConv(String name, Param weight, Optional<Param> bias, Activation activation) {
    public static DepthwiseConv of(
            Params p, String name, int channels, int width, boolean bias, Activation activation) {
        Param w = p.weight(name + ".weight", Shape.of(channels, 1, width), Init.linear());
        Optional<Param> b = bias
                ? Optional.of(p.weight(name + ".bias", Shape.of(channels), Init.bias(width), new Param.Attr.NoDecay()))
                : Optional.empty();
        return new DepthwiseConv(name, w, b, activation);
    }

    /** The op, for callers that pack samples or keep the last inputs themselves. */
    public TokenConv op(Tensor x) {
        Tensor w = weight.value();
        TokenConv c = TokenConv.of(x, w.reshape(w.dim(0), w.dim(2))).activation(activation);
        return bias.isPresent() ? c.bias(bias.get().value()) : c;
    }

    public Tensor apply(Tensor x) {
        return op(x).run().y();
    }

    /** Packed sequences do not see one another. */
    public Tensor apply(Tensor x, Seqs seqs) {
        return seqs instanceof Seqs.Packed p
                ? op(x).packed(p.cuSeqlens(), Sequences.longest(p)).run().y()
                : apply(x);
    }

    /** The slot that {@link #advance} uses: the last W - 1 inputs. */
    public void open(State s, DType dtype) {
        s.with(
                name,
                new Slot.Fixed(Tensor.zeros(
                        dtype,
                        s.batch(),
                        weight.spec().shape().dim(2) - 1,
                        weight.spec().shape().dim(0))));
    }

    public Tensor advance(Tensor x, State s) {
        var r = op(x).from(s.fixed(name).get()).run();
        s.fixed(name).set(r.state());
        return r.y();
    }
}
