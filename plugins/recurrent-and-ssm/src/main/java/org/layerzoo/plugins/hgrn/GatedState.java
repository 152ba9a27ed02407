package org.layerzoo.plugins.hgrn;

import java.util.Optional;
import java.util.function.BiFunction;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.DepthwiseConv;

/** What differs between a real and a complex hidden state. */
interface GatedState {
    /** Decay and input of h_t = a_t h_{t-1} + b_t: [B, T, E], or pairs [B, T, D, 2]. */
    record Drive(Tensor a, Tensor b) {}

    /**
     * @param bound gamma [E], absent for 0
     * @param conv how a short convolution is run
     */
    Drive drive(Tensor x, Optional<Tensor> bound, BiFunction<DepthwiseConv, Tensor, Tensor> conv);

    /** y [B, T, D] of states h and the layer's input. */
    Tensor out(Tensor h, Tensor x);

    static GatedState of(HgrnConfig c, Params p) {
        return switch (c.form()) {
            case HgrnConfig.Form.Real r -> new RealState(c, r, p);
            case HgrnConfig.Form.Complex z -> new ComplexState(c.dim(), z.output(), p);
        };
    }

    /** gamma + (1 - gamma) mu for mu = sigmoid(f), and what is left to 1, (1 - gamma) sigmoid(-f), without cancellation. */
    static Tensor[] forget(Tensor f, Optional<Tensor> bound) {
        Tensor mu = org.layerzoo.core.op.Ops.sigmoid(f);
        Tensor rest = org.layerzoo.core.op.Ops.sigmoid(f.neg());
        return bound.map(g -> {
                    Tensor free = g.neg().add(1);
                    return new Tensor[] {g.add(free.mul(mu)), free.mul(rest)};
                })
                .orElseGet(() -> new Tensor[] {mu, rest});
    }
}
