package org.layerzoo.core.op.rnn;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.tensor.Tensor;

/** Weights of one direction: input [G H, I], hidden [G H, H], and no bias or two of [G H] (input's, hidden's); G = 4 for LSTM, 3 for GRU. */
public record RnnWeights(Tensor input, Tensor hidden, List<Tensor> biases) {
    public RnnWeights {
        biases = List.copyOf(biases);
    }

    List<Tensor> tensors() {
        List<Tensor> out = new ArrayList<>(List.of(input, hidden));
        out.addAll(biases);
        return out;
    }
}
