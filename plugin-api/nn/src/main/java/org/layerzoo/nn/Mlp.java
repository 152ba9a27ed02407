package org.layerzoo.nn;

import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Tensor;

/** The two usual channel mixers. */
public sealed interface Mlp {
    Tensor apply(Tensor x);

    /** W2 f(W1 x + b1) + b2; parameters {@code fc1}, {@code fc2}. */
    record Plain(Linear fc1, Linear fc2, Activation activation) implements Mlp {
        public static Plain of(Params p, int dim, int hidden, Activation activation) {
            return new Plain(
                    Linear.of(p, "fc1", dim, hidden, true), Linear.of(p, "fc2", hidden, dim, true), activation);
        }

        @Override
        public Tensor apply(Tensor x) {
            return fc2.apply(fc1.apply(x, activation));
        }
    }

    /** W_down (silu(W_gate x) * W_up x), no bias; parameters {@code gate_proj}, {@code up_proj}, {@code down_proj}. */
    record SwiGlu(Linear gate, Linear up, Linear down) implements Mlp {
        public static SwiGlu of(Params p, int dim, int hidden) {
            return new SwiGlu(
                    Linear.of(p, "gate_proj", dim, hidden, false),
                    Linear.of(p, "up_proj", dim, hidden, false),
                    Linear.of(p, "down_proj", hidden, dim, false));
        }

        @Override
        public Tensor apply(Tensor x) {
            return down.apply(Fused.swiGlu(gate.apply(x), up.apply(x)));
        }
    }
}
