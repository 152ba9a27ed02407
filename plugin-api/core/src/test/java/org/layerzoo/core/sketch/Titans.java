package org.layerzoo.core.sketch;

import java.util.List;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/**
 * titans: weights that are state, updated by gradient descent with momentum. What it asks of the SPI: several fixed slots
 * beside a half-filled chunk; an inner gradient written in ops, so that the outer one exists to any order.
 */
final class Titans implements LayerProvider<Titans.Config> {
    record Config(
            @Doc("width") int dim,

            @Doc("tokens whose gradients share the chunk's first weights")
            int chunk) {}

    @Override
    public Class<Config> config() {
        return Config.class;
    }

    @Override
    public Config defaults(Size size) {
        return new Config(8, 4);
    }

    @Override
    public Signature signature(Config c) {
        // The chunk's boundaries change the numbers: streaming equals forward when it is cut at the same places.
        Contract contract = Contract.causalStreaming().with(Contract.StreamLaw.EQUALS_SAME_CHUNKS);
        return Signature.mixer(
                contract,
                java.util.Set.of(Mode.SELF_CAUSAL, Mode.STREAMING),
                new StateSpec("M", "fixed", "B d d", "memory weights"),
                new StateSpec("S", "fixed", "B d d", "momentum"),
                new StateSpec("chunk", "growing", "B T D", "tokens of the open chunk"));
    }

    @Override
    public Layer build(Config c, Build b) {
        return new Memory(
                c,
                b.params().weight("M0", Init.normal(0.02), c.dim(), c.dim()),
                b.params().weight("gates", Init.linear(), 3, c.dim()));
    }

    private record Memory(Config c, Param m0, Param gates) implements Streaming {
        @Override
        public Tensors forward(Tensors in, Call call) {
            State s = open(Opening.of(in.get("x").dim(0)).with(in.get("x").dtype()));
            return advance(in, s, call);
        }

        @Override
        public State open(Opening o) {
            Tensor zero = Tensor.zeros(o.dtype(), o.batch(), c.dim(), c.dim());
            return new State(o.batch())
                    .with("M", new Slot.Fixed(zero))
                    .with("S", new Slot.Fixed(zero))
                    .with("chunk", new Slot.Growing(1));
        }

        @Override
        public Tensors advance(Tensors in, State s, Call call) {
            Tensor x = in.get("x");
            List<Tensor> g = Ops.split(Ops.sigmoid(x.matmulT(gates.value())), -1, 1, 1, 1);
            Tensor m = m0.value().add(s.fixed("M").get());
            Tensor momentum = s.fixed("S").get();
            // u = grad ||k M - v||^2 = 2 k^T (k M - v), in ops: the outer gradient passes through it.
            Tensor u = x.tMatmul(x.matmul(m).sub(x)).mul(2);
            momentum = momentum.mul(g.get(0).mean()).sub(u.mul(g.get(1).mean()));
            s.fixed("S").set(momentum);
            s.fixed("M").set(s.fixed("M").get().mul(g.get(2).mean()).add(momentum));
            s.growing("chunk").append(x);
            s.advance(x.dim(1));
            return Tensors.of("y", x.matmul(m));
        }
    }
}
