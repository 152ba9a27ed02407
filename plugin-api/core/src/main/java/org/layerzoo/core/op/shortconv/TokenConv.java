package org.layerzoo.core.op.shortconv;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Tensor;

/** Builds a call of {@link ShortConv}: {@code TokenConv.of(x, w).bias(b).activation(SILU).from(state).run()}. */
public final class TokenConv {
    private final List<Tensor> main;
    private List<Tensor> bias = List.of();
    private List<Tensor> state = List.of();
    private List<Tensor> bounds = List.of();
    private Activation activation = Activation.NONE;
    private int longest;

    private TokenConv(Tensor x, Tensor w) {
        main = List.of(x, w);
    }

    /** x [B, T, C], w [C, W] with the last tap on the current token. */
    public static TokenConv of(Tensor x, Tensor w) {
        return new TokenConv(x, w);
    }

    /** @param b [C] */
    public TokenConv bias(Tensor b) {
        bias = List.of(b);
        return this;
    }

    public TokenConv activation(Activation a) {
        activation = a;
        return this;
    }

    /** @param inputs the W - 1 inputs before x: [B, W-1, C] */
    public TokenConv from(Tensor inputs) {
        state = List.of(inputs);
        return this;
    }

    /** Samples end to end with B = 1: bounds I64 [n+1], and the tokens of the longest. */
    public TokenConv packed(Tensor cuSeqlens, int longestSample) {
        bounds = List.of(cuSeqlens);
        longest = longestSample;
        return this;
    }

    public ShortConv op() {
        return new ShortConv(!bias.isEmpty(), activation, !state.isEmpty(), longest);
    }

    public List<Tensor> inputs() {
        List<Tensor> in = new ArrayList<>(main);
        List.of(bias, state, bounds).forEach(in::addAll);
        return in;
    }

    public Convolved run() {
        List<Tensor> out = Exec.apply(op(), inputs());
        return new Convolved(out.get(0), out.get(1));
    }

    /** y [B, T, C] and the last W - 1 inputs [B, W-1, C]. */
    public record Convolved(Tensor y, Tensor state) {}
}
