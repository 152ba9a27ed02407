package org.layerzoo.nn;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.rnn.RnnWeights;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** A causal LSTM with one bias, x [B, T, I] -> y [B, T, H]. */
public record LstmLayer(Param input, Param hidden, Param bias) implements Streaming {
    /** Parameters {@code weight_ih}, {@code weight_hh} and {@code bias}, which starts at 0. */
    public static LstmLayer of(Params p, int in, int dim, Init init) {
        return new LstmLayer(
                p.weight("weight_ih", Shape.of(4 * dim, in), init),
                p.weight("weight_hh", Shape.of(4 * dim, dim), init),
                p.weight("bias", Shape.of(4 * dim), Init.zeros(), new Param.Attr.NoDecay()));
    }

    /** @param from h and c [B, H], or nothing @param mask BOOL [B, T]: steps that count */
    public Fused.Cells run(Tensor x, List<Tensor> from, Optional<Tensor> mask) {
        Tensor b = bias.value();
        RnnWeights w = new RnnWeights(input.value(), hidden.value(), List.of(b, Ops.zerosLike(b)));
        return Fused.lstm(x, w, from, mask, false);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        return Tensors.of("y", run(in.get("x"), List.of(), Optional.empty()).y());
    }

    @Override
    public State open(Opening o) {
        return open(new State(o.batch()), o.dtype());
    }

    /** Adds the slots of h and c, zero. */
    public State open(State s, DType dtype) {
        Tensor zero =
                Tensor.zeros(Wide.of(dtype), s.batch(), hidden.spec().shape().dim(1));
        return s.with("h", new Slot.Fixed(zero)).with("c", new Slot.Fixed(zero));
    }

    /** Keeps h and c behind a run in their slots. */
    public static Fused.Cells keep(State s, Fused.Cells run) {
        s.fixed("h").set(run.state().get(0));
        s.fixed("c").set(run.state().get(1));
        return run;
    }

    /** Runs on from the h and c in their slots, and keeps those behind the run. */
    public Fused.Cells run(Tensor x, State s) {
        return keep(s, run(x, List.of(s.fixed("h").get(), s.fixed("c").get()), Optional.empty()));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensor y = run(in.get("x"), s).y();
        s.advance(in.get("x").dim(1));
        return Tensors.of("y", y);
    }
}
