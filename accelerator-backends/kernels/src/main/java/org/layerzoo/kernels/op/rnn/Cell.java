package org.layerzoo.kernels.op.rnn;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.rnn.Gru;
import org.layerzoo.core.op.rnn.Lstm;
import org.layerzoo.core.tensor.TensorSpec;

/** An LSTM or a GRU, and where its inputs stand: x, W_ih, W_hh, then as declared b_ih, b_hh; h_0, c_0; mask. */
record Cell(String name, int gates, boolean bias, boolean initial, boolean masked, boolean reverse) {
    static final int LSTM_GATES = 4;
    static final int GRU_GATES = 3;

    static Cell of(Op op) {
        return switch (op) {
            case Lstm l -> new Cell("lstm", LSTM_GATES, l.bias(), l.initial(), l.masked(), l.reverse());
            case Gru g -> new Cell("gru", GRU_GATES, g.bias(), g.initial(), g.masked(), g.reverse());
            default -> throw new IllegalArgumentException(op.name());
        };
    }

    /** The cell itself is a part of the state. */
    boolean keepsCell() {
        return gates == LSTM_GATES;
    }

    /** Place of h_0 among the inputs; that of c_0 is the next. */
    int initialAt() {
        return bias ? 5 : 3;
    }

    int maskAt() {
        return initialAt() + (initial ? keepsCell() ? 2 : 1 : 0);
    }

    Optional<String> refusal(List<TensorSpec> in) {
        if (in.stream().anyMatch(s -> s.shape().size() == 0)) {
            return Optional.of("empty inputs");
        }
        long all = in.getFirst().shape().product(0, 2) * in.get(1).shape().dim(0);
        return all > Integer.MAX_VALUE ? Optional.of("more than " + Integer.MAX_VALUE + " gates") : Optional.empty();
    }
}
