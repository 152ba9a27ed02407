package org.layerzoo.plugins.rat;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.tensor.Tensor;

/** Softmax attention of a token to the last states of earlier chunks and to its own state (section 3.1), heads [B, H, T, p]. */
public final class ChunkAttention {
    private ChunkAttention() {}

    /** Last states of chunks [B, H, C, p]. */
    public record Summaries(Tensor k, Tensor v) {}

    /**
     * y [B, H, T, p].
     *
     * @param k the token's own running key, v its running value
     * @param closed of chunks 0 .. C - 1, absent while there is none
     * @param chunk of each token, I64 [T]
     */
    public static Tensor read(Tensor q, Tensor k, Tensor v, Optional<Summaries> closed, Tensor chunk, double scale) {
        if (closed.isEmpty()) {
            return v; // one key has all the weight
        }
        Summaries s = closed.get();
        Tensor own = q.mul(k).sum(-1).mul(scale);
        // Chunk c sees the summaries up to c - 1.
        Tensor before = chunk.sub(Tensor.of(new long[] {1}, 1));
        Tensor order = org.layerzoo.core.op.Ops.iota(org.layerzoo.core.tensor.DType.I64, s.k.dim(2));
        var inter = Fused.attend(q)
                .keys(s.k, s.v)
                .positions(before, order)
                .causal()
                .scale(scale)
                .run();
        Fused.Part mine = new Fused.Part(v, org.layerzoo.core.op.Wide.up(own));
        return Fused.mergeLse(List.of(new Fused.Part(inter.o(), inter.lse().orElseThrow()), mine))
                .o();
    }
}
