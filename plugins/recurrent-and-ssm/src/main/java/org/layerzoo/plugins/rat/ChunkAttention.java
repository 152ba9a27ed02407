package org.layerzoo.plugins.rat;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Softmax attention of a token to the last states of earlier chunks and to its own state (section 3.1), heads [B, H, T, p]. */
public final class ChunkAttention {
    private ChunkAttention() {}

    /** Last states of chunks [B, H, C, p]. */
    public record Summaries(Tensor k, Tensor v) {
        /** Of tokens [B, H, n, p] those that close chunks of c tokens, the first of them at {@code last}; empty if none does. */
        static Optional<Summaries> closing(Tensor k, Tensor v, int last, int c) {
            int n = k.dim(2);
            return last < n
                    ? Optional.of(new Summaries(Ops.slice(k, 2, last, n, c), Ops.slice(v, 2, last, n, c)))
                    : Optional.empty();
        }
    }

    /** The chunk of c tokens in which each place lies. */
    static Tensor chunks(Tensor at, int c) {
        return Ops.floorDiv(at, Tensor.of(new long[] {c}, 1));
    }

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
        Tensor order = Ops.iota(DType.I64, s.k.dim(2));
        var inter = Fused.attend(q)
                .keys(s.k, s.v)
                .positions(before, order)
                .causal()
                .scale(scale)
                .run();
        Fused.Part mine = new Fused.Part(v, Wide.up(own));
        return Fused.mergeLse(List.of(new Fused.Part(inter.o(), inter.lse().orElseThrow()), mine))
                .o();
    }
}
