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
        DType wide = o.dtype() == DType.F64 ? DType.F64 : DType.F32;
        Tensor zero = Tensor.zeros(wide, o.batch(), hidden.spec().shape().dim(1));
        return new State(o.batch()).with("h", new Slot.Fixed(zero)).with("c", new Slot.Fixed(zero));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        List<Tensor> from = List.of(s.fixed("h").get(), s.fixed("c").get());
        Fused.Cells r = run(in.get("x"), from, Optional.empty());
        s.fixed("h").set(r.state().get(0));
        s.fixed("c").set(r.state().get(1));
        s.advance(in.get("x").dim(1));
        return Tensors.of("y", r.y());
    }
}
