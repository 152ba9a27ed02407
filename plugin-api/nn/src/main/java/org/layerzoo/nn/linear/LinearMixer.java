package org.layerzoo.nn.linear;

import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.Sequences;

/** A layer whose memory is matrices [H, dk, dv] and the last inputs of short convolutions: one formula for training, prefill and single steps. */
public interface LinearMixer extends Streaming {
    /** A matrix state a head, F32 or wider, in the slot of that name. */
    record Memory(String name, int heads, int keys, int values) {}

    /** For messages. */
    String layer();

    /** The output port's tensor; everything that has a past goes through {@code p}. */
    Tensor mix(Tensors in, Pass p);

    List<Memory> memory();

    default List<DepthwiseConv> convolutions() {
        return List.of();
    }

    /** Whether packed and padded batches are taken; the recurrences must not let a pad reach a valid token. */
    default boolean varlen() {
        return false;
    }

    default String output() {
        return "y";
    }

    /** Tokens of a piece. */
    default int tokens(Tensors in) {
        return in.get("x").dim(1);
    }

    @Override
    default Tensors forward(Tensors in, Call call) {
        if (!varlen()) {
            Sequences.wholeRows(call, layer());
        }
        return Tensors.of(output(), mix(in, Pass.whole(call, layer())));
    }

    @Override
    default State open(Opening o) {
        State s = new State(o.batch());
        convolutions().forEach(c -> c.open(s, o.dtype()));
        DType wide = o.dtype() == DType.F64 ? DType.F64 : DType.F32;
        memory().forEach(m ->
                s.with(m.name(), new Slot.Fixed(Tensor.zeros(wide, o.batch(), m.heads(), m.keys(), m.values()))));
        return s;
    }

    @Override
    default Tensors advance(Tensors in, State s, Call call) {
        Tensor y = mix(in, Pass.on(s, call, layer()));
        s.advance(tokens(in));
        return Tensors.of(output(), y);
    }

    /** The same formula for a configuration that looks both ways and so has no stream. */
    default Layer withoutStream() {
        return new BothWays(this);
    }

    /** Hides that the formula could stream. */
    record BothWays(LinearMixer mixer) implements Layer {
        @Override
        public Tensors forward(Tensors in, Call call) {
            return mixer.forward(in, call);
        }

        @Override
        public List<Site> sites() {
            return mixer.sites();
        }
    }
}
