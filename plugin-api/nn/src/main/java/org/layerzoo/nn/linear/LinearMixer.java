package org.layerzoo.nn.linear;

import java.util.List;
import java.util.stream.IntStream;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.Sequences;

/** A layer whose memory is states of fixed size and the last inputs of short convolutions: one formula for training, prefill and single steps. */
public interface LinearMixer extends Streaming {
    /** A state [B, dims..], F32 or wider and 0 at first, in the slot of that name. */
    record Memory(String name, List<Integer> dims) {
        public Memory {
            dims = List.copyOf(dims);
        }

        /** A matrix a head: [B, H, dk, dv]. */
        public Memory(String name, int heads, int keys, int values) {
            this(name, List.of(heads, keys, values));
        }

        Tensor start(DType wide, int batch) {
            int[] shape = IntStream.concat(IntStream.of(batch), dims.stream().mapToInt(i -> i))
                    .toArray();
            return Tensor.zeros(wide, shape);
        }
    }

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
        open(s, o, memory());
        return s;
    }

    /** Adds empty states. */
    static void open(State s, Opening o, List<Memory> memory) {
        DType wide = Wide.of(o.dtype());
        memory.forEach(m -> s.with(m.name(), new Slot.Fixed(m.start(wide, o.batch()))));
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
