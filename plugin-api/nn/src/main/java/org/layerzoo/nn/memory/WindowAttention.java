package org.layerzoo.nn.memory;

import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Rope;

/** Causal attention to the last tokens, with rotary positions; keys and values before a piece lie in the rings "k" and "v". */
public final class WindowAttention {
    private final int heads;
    private final int window;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear out;

    /** Parameters {@code q_proj}, {@code k_proj}, {@code v_proj}, {@code o_proj} without biases. @param window tokens seen, with the row itself */
    public WindowAttention(Params p, int dim, int heads, int window) {
        this.heads = heads;
        this.window = window;
        q = Linear.of(p, "q_proj", dim, dim, false);
        k = Linear.of(p, "k_proj", dim, dim, false);
        v = Linear.of(p, "v_proj", dim, dim, false);
        out = Linear.of(p, "o_proj", dim, dim, false);
    }

    /** Over whole rows, x [B, T, D] -> [B, T, D]. */
    public Tensor whole(Tensor x) {
        Tensor place = Ops.iota(DType.I64, x.dim(1));
        Tensor kh = rotated(k, x, place);
        Tensor vh = Heads.split(v.apply(x), heads);
        return read(rotated(q, x, place), kh, vh);
    }

    private Tensor rotated(Linear l, Tensor x, Tensor place) {
        return Rope.halves(10000).rotate(Heads.split(l.apply(x), heads), place);
    }

    private Tensor read(Tensor qh, Tensor keys, Tensor values) {
        return out.apply(Heads.merge(
                Fused.attend(qh).keys(keys, values).window(window - 1, 0).o()));
    }

    /** Opens the rings. */
    public void open(State s) {
        s.with("k", new Slot.Ring(2, 0, window - 1)).with("v", new Slot.Ring(2, 0, window - 1));
    }

    /** On from a stream. @param offset places before the stream's position 0, which the first call fills */
    public Tensor advance(Tensor x, State s, int offset) {
        boolean first = s.ring("k").get().isEmpty() && s.position() == 0;
        Tensor place = Ops.one(new Primitive.Iota(DType.I64, x.dim(1), first ? 0 : offset + s.position(), 1));
        Tensor kh = rotated(k, x, place);
        Tensor vh = Heads.split(v.apply(x), heads);
        Tensor keys = s.ring("k").get().map(t -> Ops.concat(2, t, kh)).orElse(kh);
        Tensor values = s.ring("v").get().map(t -> Ops.concat(2, t, vh)).orElse(vh);
        s.ring("k").append(kh);
        s.ring("v").append(vh);
        return read(rotated(q, x, place), keys, values);
    }
}
