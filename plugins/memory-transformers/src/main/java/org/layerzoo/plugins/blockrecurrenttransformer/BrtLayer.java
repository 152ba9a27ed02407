package org.layerzoo.plugins.blockrecurrenttransformer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.memory.WindowTokens;

/**
 * One layer of the Block-Recurrent Transformer (section 3), x [B, T, D] -> y [B, T, D] with its residuals: sliding window attention,
 * and in the recurrent one also attention to states c [B, S, D] that change behind every block of W tokens:
 *
 * <pre>
 * y = x + [Attn(q1; K_x, V_x); Attn(q2; K_c, V_c)] W_o;  y = y + MLP(norm y)
 * c <- gate(c, net([Attn(q1_c; K_c, V_c); Attn(q2_c; K_x, V_x of two blocks)]))
 * </pre>
 *
 * FLOPs O(B T D (D + W + S)); T / W steps in sequence for the states alone. Equals transformer_layer.py:TransformerLayer of the authors.
 * A stream keeps keys and values of up to two blocks and c.
 */
public final class BrtLayer implements Streaming {
    private final BrtConfig c;
    private final WindowTokens tokens;
    private final Param bias;
    private final Param out;
    private final Param norm;
    private final Param hidden;
    private final Param output;
    private final Optional<StateCell> cell;

    BrtLayer(BrtConfig c, Params p, boolean recurrent) {
        this.c = c;
        Params t = p.at("tbase");
        boolean reads = recurrent || c.feedback();
        int width = (reads ? 2 : 1) * c.options().width();
        tokens = new WindowTokens(t, c.options(), reads);
        out = WindowTokens.kernel(t, "post_attn_mlp.output_layer.kernel", width, c.dim());
        norm = WindowTokens.gain(t, "pre_ffn_layernorm.scale", c.dim());
        hidden = WindowTokens.kernel(t, "ffn.hidden0.kernel", c.dim(), c.hidden());
        output = WindowTokens.kernel(t, "ffn.output_layer.kernel", c.hidden(), c.dim());
        bias = p.weight(
                "relative_positions.rel_embedding",
                Shape.of(c.heads(), 32),
                Init.normal(0.02),
                new Param.Attr.NoDecay());
        cell = recurrent ? Optional.of(new StateCell(c, p)) : Optional.empty();
    }

    /** What a segment hands to the next: keys and values [B, H, W, d] of the last block, states [B, S, D]. */
    public record Carry(Optional<Tensor> k, Optional<Tensor> v, Tensor states) {}

    /** Rows and what follows them. */
    public record Segment(Tensor y, Carry carry) {}

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "block-recurrent-transformer");
        Tensor x = in.get("x");
        return Tensors.of("y", run(x, start(x), Optional.empty()).y());
    }

    /** The carry of a document's start. */
    public Carry start(Tensor x) {
        Tensor states = cell.map(s -> s.start(x)).orElseGet(() -> Tensor.zeros(x.dtype(), x.dim(0), 1, 1));
        if (c.mask() == BrtConfig.Mask.INCLUSIVE) {
            return new Carry(Optional.empty(), Optional.empty(), states);
        }
        Tensor zero = Tensor.zeros(x.dtype(), x.dim(0), c.heads(), c.window(), c.headDim());
        return new Carry(Optional.of(zero), Optional.of(zero), states);
    }

    /**
     * A segment that starts at a block's edge; an open block at its end leaves the states alone.
     *
     * @param read another layer's states for a segment of one block, when this layer reads them
     */
    public Segment run(Tensor x, Carry from, Optional<WindowTokens.Projected> read) {
        WindowTokens.Projected t = tokens.project(x, Optional.empty());
        Tensor k = joined(from.k(), t.k());
        Tensor v = joined(from.v(), t.v());
        Tensor self = tokens.window(t.self(), k, v, bias.value());
        int w = c.window();
        int before = k.dim(2) - x.dim(1);
        Tensor states = from.states();
        List<Tensor> cross = new ArrayList<>();
        for (int at = 0; at < x.dim(1) && cell.isPresent(); at += w) {
            int end = Math.min(at + w, x.dim(1));
            WindowTokens.Projected s = cell.get().project(states);
            cross.add(WindowTokens.all(t.cross().orElseThrow().slice(2, at, end), s.k(), s.v()));
            int first = c.cell().twoBlocks() ? Math.max(0, before + at - w) : before + at;
            states = end - at < w
                    ? states
                    : cell.get().next(states, s, k.slice(2, first, before + end), v.slice(2, first, before + end));
        }
        if (cell.isEmpty()) {
            read.ifPresent(p -> cross.add(WindowTokens.all(t.cross().orElseThrow(), p.k(), p.v())));
        }
        Tensor y = finish(x, self, cross);
        int n = k.dim(2);
        int keep = Math.min(n, w + x.dim(1) % w);
        return new Segment(
                y, new Carry(Optional.of(k.slice(2, n - keep, n)), Optional.of(v.slice(2, n - keep, n)), states));
    }

    private static Tensor joined(Optional<Tensor> past, Tensor t) {
        return past.map(p -> Ops.concat(2, p, t)).orElse(t);
    }

    private Tensor finish(Tensor x, Tensor self, List<Tensor> cross) {
        Tensor a = Heads.merge(self);
        Tensor all = cross.isEmpty() ? a : Ops.concat(2, a, Heads.merge(Ops.concat(2, cross)));
        Tensor y = x.add(all.matmul(out.value()));
        Tensor h = Ops.relu(WindowTokens.norm(y, norm).matmul(hidden.value()));
        return y.add(h.matmul(output.value()));
    }

    @Override
    public State open(Opening o) {
        Tensor like = Tensor.zeros(o.dtype(), o.batch(), 1, c.dim());
        Carry start = start(like);
        State s = new State(o.batch()).with("k", new Slot.Growing(2)).with("v", new Slot.Growing(2));
        start.k().ifPresent(s.growing("k")::append);
        start.v().ifPresent(s.growing("v")::append);
        return s.with("c", new Slot.Fixed(start.states()));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        return Tensors.of(
                "y",
                Sequences.byBlocks(
                        in.get("x"),
                        s,
                        c.window(),
                        x -> piece(x, s, read(s.fixed("c").get()))));
    }

    /** Projected states, when this is the layer that has them. */
    Optional<WindowTokens.Projected> read(Tensor states) {
        return cell.map(z -> z.project(states));
    }

    /** Tokens of one block, which they may close. @param read the states that they read, when they do */
    Tensor piece(Tensor x, State s, Optional<WindowTokens.Projected> read) {
        WindowTokens.Projected t = tokens.project(x, Optional.empty());
        s.growing("k").append(t.k());
        s.growing("v").append(t.v());
        Tensor k = s.growing("k").get();
        Tensor v = s.growing("v").get();
        Tensor self = tokens.window(t.self(), k, v, bias.value());
        int n = k.dim(2);
        if ((s.position() + x.dim(1)) % c.window() == 0) {
            int first = c.cell().twoBlocks() ? 0 : n - c.window();
            cell.ifPresent(z -> s.fixed("c")
                    .set(z.next(s.fixed("c").get(), read.orElseThrow(), k.slice(2, first, n), v.slice(2, first, n))));
            s.growing("k").set(k.slice(2, n - c.window(), n));
            s.growing("v").set(v.slice(2, n - c.window(), n));
        }
        return finish(
                x,
                self,
                read.map(p -> WindowTokens.all(t.cross().orElseThrow(), p.k(), p.v())).stream()
                        .toList());
    }
}
