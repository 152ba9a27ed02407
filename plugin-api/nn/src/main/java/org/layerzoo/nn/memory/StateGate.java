package org.layerzoo.nn.memory;

import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * How a recurrent state c takes in z in place of a residual (Hutchins et al. 2022, section 3.2): FIXED c g + z (1 - g) with a learned
 * g = sigmoid(b); LSTM c sigmoid(u W_f + b_f + 1) + z sigmoid(u W_i + b_i - 1) with gates of the layer u before z.
 */
public sealed interface StateGate {
    /** @param c [B, S, D] @param z [B, S, D] @param u [B, S, F] */
    Tensor apply(Tensor c, Tensor z, Tensor u);

    enum Kind {
        FIXED,
        LSTM
    }

    /** @param in width F of u */
    static StateGate of(Params p, Kind kind, int in, int dim) {
        return switch (kind) {
            case FIXED -> new Fixed(bias(p, "gate_bias", dim));
            case LSTM -> {
                Init init = Init.truncatedNormal(Math.sqrt(0.1 / in));
                yield new Lstm(
                        p.weight("forget_gate.kernel", Shape.of(in, dim), init),
                        bias(p, "forget_gate.bias", dim),
                        p.weight("input_gate.kernel", Shape.of(in, dim), init),
                        bias(p, "input_gate.bias", dim));
            }
        };
    }

    private static Param bias(Params p, String name, int dim) {
        return p.weight(name, Shape.of(dim), Init.normal(0.1), new Param.Attr.NoDecay());
    }

    record Fixed(Param bias) implements StateGate {
        @Override
        public Tensor apply(Tensor c, Tensor z, Tensor u) {
            Tensor g = Ops.sigmoid(bias.value());
            return c.mul(g).add(z.mul(g.neg().add(1)));
        }
    }

    record Lstm(Param forget, Param forgetBias, Param input, Param inputBias) implements StateGate {
        @Override
        public Tensor apply(Tensor c, Tensor z, Tensor u) {
            Tensor f =
                    Ops.sigmoid(u.matmul(forget.value()).add(forgetBias.value()).add(1));
            Tensor i =
                    Ops.sigmoid(u.matmul(input.value()).add(inputBias.value()).sub(1));
            return c.mul(f).add(z.mul(i));
        }
    }

    /** A small net whose result a gate lets in: one map, or two with ReLU between. */
    record Net(Optional<Param> hidden, Param output, boolean tanh, StateGate gate) {
        /** @param inner width of the hidden layer, 0 for none */
        public static Net of(Params p, Kind kind, int in, int inner, int dim, boolean tanh) {
            Optional<Param> h =
                    inner == 0 ? Optional.empty() : Optional.of(WindowTokens.kernel(p, "hidden0.kernel", in, inner));
            int last = inner == 0 ? in : inner;
            return new Net(h, WindowTokens.kernel(p, "output_layer.kernel", last, dim), tanh, of(p, kind, last, dim));
        }

        private static StateGate of(Params p, Kind kind, int in, int dim) {
            return StateGate.of(p, kind, in, dim);
        }

        public Tensor apply(Tensor c, Tensor x) {
            Tensor u = hidden.map(w -> Ops.relu(x.matmul(w.value()))).orElse(x);
            Tensor z = u.matmul(output.value());
            return gate.apply(c, tanh ? Ops.tanh(z) : z, u);
        }
    }
}
