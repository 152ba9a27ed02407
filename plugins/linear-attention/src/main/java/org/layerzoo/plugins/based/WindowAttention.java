package org.layerzoo.plugins.based;

import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.Sequences;
import org.layerzoo.plugins.based.BasedConfig.Form;

/** Softmax attention of token i to tokens (i - w, i] with rotary positions, x [B, T, D] -> y [B, T, D]; a stream keeps w keys and values. FLOPs O(B T D (D + w)). */
final class WindowAttention implements Streaming {
    private static final Rope ROPE = Rope.halves(10000);

    private final Form.Window f;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear out;

    WindowAttention(int dim, Form.Window f, Params p) {
        this.f = f;
        q = Linear.of(p, "proj_q", dim, dim, false);
        k = Linear.of(p, "proj_k", dim, dim, false);
        v = Linear.of(p, "proj_v", dim, dim, false);
        out = Linear.of(p, "out_proj", dim, dim, false);
    }

    private Tensor rotated(Linear w, Tensor x, Tensor positions) {
        return ROPE.rotate(Heads.split(w.apply(x), f.heads()), positions);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "based");
        Tensor x = in.get("x");
        Tensor at = Sequences.positions(call, 0, x.dim(1));
        return read(rotated(q, x, at), rotated(k, x, at), Heads.split(v.apply(x), f.heads()));
    }

    private Tensors read(Tensor qh, Tensor kh, Tensor vh) {
        Tensor o =
                Fused.attend(qh).keys(kh, vh).causal().window(f.window() - 1, 0).o();
        return Tensors.of("y", out.apply(Heads.merge(o)));
    }

    @Override
    public State open(Opening o) {
        return new State(o.batch()).with("k", new Slot.Growing(2)).with("v", new Slot.Growing(2));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensor x = in.get("x");
        Tensor at = Sequences.positions(call, s.position(), x.dim(1));
        s.growing("k").append(rotated(k, x, at));
        s.growing("v").append(Heads.split(v.apply(x), f.heads()));
        Tensors y = read(rotated(q, x, at), s.growing("k").get(), s.growing("v").get());
        last(s.growing("k"));
        last(s.growing("v"));
        s.advance(x.dim(1));
        return y;
    }

    private void last(Slot.Growing slot) {
        int n = slot.get().dim(2);
        slot.set(slot.get().slice(2, Math.max(0, n - f.window()), n));
    }
}
