package org.layerzoo.plugins.titans;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.SelfAttention;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.memory.LongTermMemory;
import org.layerzoo.nn.memory.NeuralMemory;

/**
 * Memory as context (section 4.1), x [B, T, D] -> y [B, T, D] in segments of C tokens, P learned tokens before each:
 *
 * <pre>
 * a = causal attention([P; M(s); s]), its last C rows;  M takes a in;  y = a * M(a)
 * </pre>
 *
 * FLOPs O(B T D (D + b + P + C)). Rows read all of their segment, so a stream's rows are those of a forward over the tokens up to the end of their
 * piece: equal to the whole where pieces end with segments. It keeps the memory's weights, their momentum and the open segment, which
 * each piece runs again, as every token changes all rows of its segment.
 */
final class ContextLayer implements Streaming {
    /** What attention gives of a segment, before memory gates it. */
    private static final String ATTENTION = "attention";

    private static final String OPEN = "open";
    private static final String SEEN = "seen";

    private final TitansConfig c;
    private final Optional<Param> persistent;
    private final LongTermMemory memory;
    private final SelfAttention attention;

    ContextLayer(TitansConfig c, Params p) {
        this.c = c;
        persistent = TitansLayer.persistent(c, p);
        memory = new LongTermMemory(p.at(TitansLayer.MEMORY), c.memory());
        Optional<Rope> rope = Optional.of(Rope.halves(10000));
        attention = new SelfAttention(
                p.at("attention"), new SelfAttention.Options(c.dim(), c.heads(), c.heads(), true, false, rope));
    }

    /** What a segment hands to the next: weights, and the last of its rows, which the convolutions still see. */
    private record Past(NeuralMemory.Weights m, Tensor seen) {}

    private record Segment(Tensor y, Past next) {}

    private Segment segment(Tensor s, Past past, Call call) {
        Tensor context = TitansLayer.behind(persistent, Ops.concat(1, memory.read(past.m(), s), s));
        Tensor all = attention.forward(Tensors.of("x", context), Call.eval()).get("y");
        Tensor a = call.taps().at(ATTENTION, all.slice(1, all.dim(1) - s.dim(1), all.dim(1)));
        NeuralMemory.Weights m = memory.write(past.m(), a, past.seen());
        Tensor seen = Ops.concat(1, past.seen(), a);
        return new Segment(
                a.mul(memory.read(m, a)), new Past(m, seen.slice(1, seen.dim(1) - c.convWidth() + 1, seen.dim(1))));
    }

    /** Nothing lies before the first segment. */
    private Tensor unseen(Opening o) {
        return Tensor.zeros(o.dtype(), o.batch(), c.convWidth() - 1, c.dim());
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "titans");
        Tensor x = in.get("x");
        Past past = new Past(memory.start(x.dim(0)), unseen(Opening.of(x.dim(0)).with(x.dtype())));
        List<Tensor> y = new ArrayList<>();
        for (int at = 0; at < x.dim(1); at += c.window()) {
            Segment s = segment(x.slice(1, at, Math.min(x.dim(1), at + c.window())), past, call);
            y.add(s.y());
            past = s.next();
        }
        return Tensors.of("y", Ops.concat(1, y));
    }

    @Override
    public State open(Opening o) {
        State s = new State(o.batch())
                .with(TitansLayer.MEMORY, memory.openWeights(o))
                .with(SEEN, new Slot.Fixed(unseen(o)))
                .with(OPEN, new Slot.Growing(1));
        s.growing(OPEN).append(Tensor.zeros(o.dtype(), o.batch(), 0, c.dim()));
        return s;
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        return Tensors.of("y", Sequences.byBlocks(in.get("x"), s, c.window(), x -> piece(x, s, call)));
    }

    /** Tokens of one segment, which they may close. */
    private Tensor piece(Tensor x, State s, Call call) {
        s.growing(OPEN).append(x);
        Tensor all = s.growing(OPEN).get();
        State weights = s.under(TitansLayer.MEMORY);
        Segment r = segment(all, new Past(memory.weights(weights), s.fixed(SEEN).get()), call);
        if (all.dim(1) == c.window()) {
            memory.store(weights, r.next().m());
            s.fixed(SEEN).set(r.next().seen());
            s.growing(OPEN).set(all.slice(1, 0, 0));
        }
        return r.y().slice(1, all.dim(1) - x.dim(1), all.dim(1));
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(ATTENTION, "B C D"));
    }
}
