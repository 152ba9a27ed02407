package org.layerzoo.plugins.randomizedpositionalencodings;

import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.randomizedpositionalencodings.RandomizedPositionalEncodingsConfig.Encoding;

/**
 * Randomized absolute positions: y_j = x_j + PE(i_j) for a sorted random subset i_0 < ... < i_{N-1} of 0..L-1 (section 3);
 * x [B, T, D] -> y [B, T, D]. PE is sines and cosines or a learned row. FLOPs O(B T D + L log L). Equals
 * noisy_fixed_positional_encodings of the authors.
 */
final class AbsoluteLayer implements Layer {
    private final RandomizedPositionalEncodingsConfig c;
    private final Optional<Param> table;

    AbsoluteLayer(RandomizedPositionalEncodingsConfig c, Params p) {
        this.c = c;
        boolean learned = c.encoding() instanceof Encoding.Learned;
        table = learned
                ? Optional.of(p.weight(
                        "embeddings",
                        Shape.of(c.maxLength(), c.dim()),
                        Init.truncatedNormal(0.02),
                        new Param.Attr.NoDecay()))
                : Optional.empty();
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor x = in.get("x");
        Tensor positions = RandomPositions.of(c, call, x.dim(1));
        call.aux()
                .put(
                        "positions",
                        positions.rank() == 2
                                ? positions
                                : positions.unsqueeze(0).expand(x.dim(0), x.dim(1)));
        return Tensors.of("y", x.add(encoded(positions, x)));
    }

    /** [T, D] or [B, T, D]. */
    private Tensor encoded(Tensor positions, Tensor x) {
        if (table.isEmpty()) {
            return RandomPositions.sinusoids(positions, c.dim(), c.maxTimescale())
                    .cast(x.dtype());
        }
        Tensor rows = Ops.indexSelect(table.get().value(), 0, positions.reshape((int) positions.size()));
        return rows.reshape(positions.shape().append(c.dim()));
    }
}
