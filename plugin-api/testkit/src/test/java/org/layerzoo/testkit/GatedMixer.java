package org.layerzoo.testkit;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Sequences;

/**
 * y = x + tanh(x G) * (softmax(n n^T / sqrt(D) + causal) x) with n = x / sqrt(mean x^2 + eps): a small mixer with
 * everything that can go wrong, and a place for each planted fault.
 */
final class GatedMixer implements LayerProvider<GatedMixer.Config> {
    /** Large enough to tell inside the root from outside. */
    static final double EPS = 0.1;

    record Config(
            @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
            int dim) {}

    private final Fault fault;

    GatedMixer(Fault fault) {
        this.fault = fault;
    }

    @Override
    public Class<Config> config() {
        return Config.class;
    }

    @Override
    public Config defaults(Size size) {
        return new Config(size == Size.TINY ? 6 : 24);
    }

    @Override
    public Signature signature(Config c) {
        return Signature.mixer(
                Contract.causalStreaming().owningResidual(),
                EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING),
                new StateSpec("x", "growing", "B T D", "inputs so far"));
    }

    @Override
    public Layer build(Config c, Build b) {
        Init init = fault == Fault.INIT_SCALE ? Init.normal(5) : Init.linear();
        return new Mixer(fault, b.params().weight("gate", init, c.dim(), c.dim()));
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of(
                "layer", c -> true, c -> Golden.model(this, new Config(c.integer("dim")), c, c.params())
                        .forward(c.in(), Call.eval())));
    }

    private record Mixer(Fault fault, Param gate) implements Streaming {
        @Override
        public Tensors forward(Tensors in, Call call) {
            Sequences.wholeRows(call, "gated mixer");
            return Tensors.of("y", mix(in.get("x"), in.get("x")));
        }

        /** Rows x that end where the context ends. */
        private Tensor mix(Tensor x, Tensor context) {
            int tq = x.dim(1);
            int tk = context.dim(1);
            double scale = fault == Fault.DROPPED_SCALE ? 1 : 1 / Math.sqrt(x.dim(2));
            Tensor s = normed(x).matmulT(normed(context)).mul(scale);
            int ahead = fault == Fault.LOOK_AHEAD ? 1 : 0;
            int hide = fault == Fault.MASK_OFF_BY_ONE ? 1 : 0;
            Tensor row = Ops.iota(DType.I64, tq).unsqueeze(1).add(Tensor.scalar(DType.I64, tk - tq + ahead - hide));
            Tensor key = Ops.iota(DType.I64, tk).unsqueeze(0);
            // The first token always sees itself, as an honest author would have to write it.
            Tensor visible = key.le(row).or(key.eq(Tensor.scalar(DType.I64, 0)));
            Tensor masked = Ops.where(visible, s, Tensor.scalar(x.dtype(), Double.NEGATIVE_INFINITY));
            Tensor p = Fused.softmax(masked, fault == Fault.WRONG_AXIS ? 1 : 2);
            Tensor w = fault == Fault.TRANSPOSED_GATE ? gate.value().transpose(0, 1) : gate.value();
            Tensor mixed = Ops.tanh(x.matmul(w)).mul(p.matmul(context));
            if (fault == Fault.DROPPED_RESIDUAL) {
                return mixed;
            }
            return fault == Fault.SIGN ? x.sub(mixed) : x.add(mixed);
        }

        private Tensor normed(Tensor x) {
            Tensor power = Ops.square(x).meanKeep(-1);
            return fault == Fault.EPS_MISPLACED ? x.div(Ops.sqrt(power).add(EPS)) : x.div(Ops.sqrt(power.add(EPS)));
        }

        @Override
        public State open(Opening o) {
            return new State(o.batch()).with("x", new Slot.Growing(1));
        }

        @Override
        public Tensors advance(Tensors in, State s, Call call) {
            Tensor x = in.get("x");
            if (fault == Fault.STALE_STATE && !s.growing("x").isEmpty()) {
                Tensor old = s.growing("x").get();
                Tensor y = mix(x, Ops.concat(1, old.slice(1, 0, old.dim(1) - 1), x.slice(1, 0, 1), x));
                s.growing("x").append(x);
                s.advance(x.dim(1));
                return Tensors.of("y", y);
            }
            s.growing("x").append(x);
            s.advance(x.dim(1));
            return Tensors.of("y", mix(x, s.growing("x").get()));
        }
    }
}
