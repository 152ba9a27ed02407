package org.layerzoo.plugins.landmarkattention;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadMaps;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.memory.GroupedSoftmax;
import org.layerzoo.nn.memory.RetrievedBlocks;
import org.layerzoo.plugins.landmarkattention.LandmarkConfig.Retrieval;

/**
 * Landmark attention (section 3), x [B, T, D] with a landmark behind every {@code block} tokens -> y [B, T, D]:
 *
 * <pre>
 * p = softmax over {own block, landmarks of past blocks};  a_j = p_j in the own block,  a_j = p_{L_b} softmax_b(s)_j in a past block b
 * </pre>
 *
 * FLOPs O(B T^2 D) in training, O(T/block + k block) D a token when streaming with k blocks. Equals llama_mem.py:LlamaAttention of
 * the authors. A stream keeps keys without positions, values and nothing else.
 */
public final class LandmarkLayer implements Streaming, HeadedLayer {
    private final LandmarkConfig c;
    private final Rope rope;
    private final double scale;
    private final HeadMaps maps;

    LandmarkLayer(LandmarkConfig c, Params p) {
        this.c = c;
        rope = Rope.halves(c.ropeBase());
        scale = 1 / Math.sqrt((double) c.dim() / c.heads());
        maps = HeadMaps.of(p, c.dim(), c.heads());
    }

    private Tensor finish(Tensor o, Call call) {
        return maps.merged(call.taps().at(HEADS, o));
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "landmark-attention");
        Tensor x = in.get("x");
        Tensor place = Sequences.positions(call, 0, x.dim(1));
        Tensor qh = rope.rotate(maps.queries(x), place);
        Tensor kh = rope.rotate(maps.keys(x), place);
        Tensor vh = maps.values(x);
        boolean dense = call.algorithm() instanceof Call.Algorithm.Dense;
        if (!dense && !(call.algorithm() instanceof Call.Algorithm.Auto)) {
            throw ZooException.unsupported(
                    "landmark-attention runs block by block (auto) or dense, given " + call.algorithm());
        }
        if (dense || call.aux().wants("weights")) {
            Tensor w = GroupedSoftmax.weights(qh.matmulT(kh).mul(scale), c.block());
            call.aux().put("weights", w);
            return Tensors.of("y", finish(w.matmul(vh), call));
        }
        return Tensors.of(
                "y", finish(GroupedSoftmax.rows(qh, kh, vh, 0, c.block(), scale).o(), call));
    }

    @Override
    public State open(Opening o) {
        return new State(o.batch()).with("k", new Slot.Growing(2)).with("v", new Slot.Growing(2));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensor o = Sequences.byBlocks(in.get("x"), s, c.window(), x -> {
            s.growing("k").append(maps.keys(x));
            s.growing("v").append(maps.values(x));
            return piece(maps.queries(x), s).permute(0, 2, 1, 3);
        });
        return Tensors.of("y", finish(o.permute(0, 2, 1, 3), call));
    }

    /** Rows q [B, H, n, d] of one window, whose keys and values are in the state already. */
    private Tensor piece(Tensor rows, State s) {
        Tensor keys = s.growing("k").get();
        Tensor values = s.growing("v").get();
        int at = s.position();
        int n = rows.dim(2);
        if (!(c.retrieval() instanceof Retrieval.TopK by)) {
            Tensor kr = rope.rotate(keys, Sequences.positions(0, at + n));
            s.count((long) n * (at + n), (long) n * (at + n) * c.heads());
            return GroupedSoftmax.rows(rope.rotate(rows, Sequences.positions(at, n)), kr, values, at, c.block(), scale)
                    .o();
        }
        int start = at - at % (by.window() * c.span());
        int place = RetrievedBlocks.windowStart(by.by(), c.span());
        Tensor qr = rope.rotate(rows, Sequences.positions(place + at - start, n));
        Tensor kr = rope.rotate(keys.slice(2, start, at + n), Sequences.positions(place, at + n - start));
        Fused.Part local = GroupedSoftmax.rows(qr, kr, values.slice(2, start, at + n), at - start, c.block(), scale);
        int blocks = start / c.span();
        long read = at + n - start + (long) Math.min(by.k(), blocks) * c.span();
        s.count(n * read, n * (read + blocks) * c.heads());
        if (blocks == 0) {
            return local.o();
        }
        List<Fused.Part> parts = new ArrayList<>(List.of(local));
        parts.addAll(
                new RetrievedBlocks(keys.slice(2, 0, start), values.slice(2, 0, start), c.block(), by.by(), rope, scale)
                        .parts(qr));
        return GroupedSoftmax.merged(parts).o();
    }
}
