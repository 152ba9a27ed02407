package org.layerzoo.nn;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/**
 * Multi-head softmax self-attention, x [B, T, D] -> y [B, T, D]: projections q_proj, k_proj, v_proj, o_proj, grouped
 * key-value heads, optional rotary positions, causal or not. Sites: attn.weights [B H T S] (dense path when tapped),
 * attn.heads [B H T d] before o_proj.
 */
public final class SelfAttention implements Streaming {
    /** Sizes and options; {@code bias} is for all four projections. */
    public record Options(int dim, int heads, int kvHeads, boolean causal, boolean bias, Optional<Rope> rope) {
        public int headDim() {
            return dim / heads;
        }
    }

    private final Options o;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear out;

    public SelfAttention(Params p, Options options) {
        this.o = options;
        int kv = options.kvHeads() * options.headDim();
        this.q = Linear.of(p, "q_proj", o.dim(), o.dim(), o.bias());
        this.k = Linear.of(p, "k_proj", o.dim(), kv, o.bias());
        this.v = Linear.of(p, "v_proj", o.dim(), kv, o.bias());
        this.out = Linear.of(p, "o_proj", o.dim(), o.dim(), o.bias());
    }

    private SelfAttention(SelfAttention from, Linear output) {
        this.o = from.o;
        this.q = from.q;
        this.k = from.k;
        this.v = from.v;
        this.out = output;
    }

    /** The same attention, its parameters shared, with another output projection. */
    public SelfAttention withOutput(Linear output) {
        return new SelfAttention(this, output);
    }

    public Options options() {
        return o;
    }

    /** The output projection, into which recipes merge what they learn about heads. */
    public Linear output() {
        return out;
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor x = in.get("x");
        Tensor positions = Sequences.positions(call, 0, x.dim(1));
        Tensor qh = rotated(Heads.split(q.apply(x), o.heads()), positions);
        Tensor kh = rotated(Heads.split(k.apply(x), o.kvHeads()), positions);
        Tensor vh = Heads.split(v.apply(x), o.kvHeads());
        Attention a = Fused.attend(qh).keys(kh, vh);
        call.seqs().lengths().ifPresent(l -> a.lengths(l, l));
        if (call.seqs() instanceof Seqs.Packed p) {
            a.packed(p.cuSeqlens(), p.cuSeqlens());
        }
        return Tensors.of("y", finish(o.causal() ? a.causal() : a, vh, call));
    }

    private Tensor rotated(Tensor t, Tensor positions) {
        return o.rope().map(r -> r.rotate(t, positions)).orElse(t);
    }

    private Tensor finish(Attention a, Tensor values, Call call) {
        return out.apply(TappedAttention.merged(a, values, TappedAttention.WEIGHTS, call));
    }

    @Override
    public State open(Opening opening) {
        return new State(opening.batch()).with("k", new Slot.Growing(2)).with("v", new Slot.Growing(2));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        if (!o.causal()) {
            throw org.layerzoo.core.ZooException.unsupported("self-attention streams only when it is causal");
        }
        Tensor x = in.get("x");
        Tensor positions = Sequences.positions(call, s.position(), x.dim(1));
        s.growing("k").append(rotated(Heads.split(k.apply(x), o.kvHeads()), positions));
        s.growing("v").append(Heads.split(v.apply(x), o.kvHeads()));
        Tensor qh = rotated(Heads.split(q.apply(x), o.heads()), positions);
        Tensor values = s.growing("v").get();
        Tensor y = finish(Fused.attend(qh).keys(s.growing("k").get(), values).causal(), values, call);
        s.advance(x.dim(1));
        s.count((long) x.dim(1) * s.position(), (long) x.dim(1) * s.position() * o.heads());
        return Tensors.of("y", y);
    }

    @Override
    public List<Site> sites() {
        return TappedAttention.SITES;
    }
}
