package org.layerzoo.plugins.randomizedpositionalencodings;

import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Rope;

/**
 * Randomized rotary positions: queries and keys [B, H, T, d] of token j are turned by i_j 10000^(-2m/d) in the pairs (2m,
 * 2m + 1), with the same sorted random subset i of 0..L-1 for both. FLOPs O(B T H d). Equals apply_rotary_encoding of the
 * authors.
 */
final class RotaryLayer implements Layer {
    private final RandomizedPositionalEncodingsConfig c;

    RotaryLayer(RandomizedPositionalEncodingsConfig c) {
        this.c = c;
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor q = in.get("q");
        Tensor positions = RandomPositions.of(c, call, q.dim(2));
        call.aux()
                .put(
                        "positions",
                        positions.rank() == 2
                                ? positions
                                : positions.unsqueeze(0).expand(q.dim(0), q.dim(2)));
        Rope rope = Rope.interleaved(c.maxTimescale());
        return Tensors.of("q", rope.rotate(q, positions), "k", rope.rotate(in.get("k"), positions));
    }
}
