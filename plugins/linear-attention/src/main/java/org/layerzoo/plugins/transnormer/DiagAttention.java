package org.layerzoo.plugins.transnormer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Sequences;
import org.layerzoo.plugins.transnormer.TransnormerConfig.Form;
import org.layerzoo.plugins.transnormer.TransnormerConfig.Weights;

/**
 * DiagAttention (section 4.2), x [B, T, D] -> y [B, T, D]: attention inside blocks of w tokens, nothing between them; softmax(q k^T
 * / sqrt(d)) v or RMSNorm(ReLU(q k^T / sqrt(d)) v). FLOPs O(B T (D^2 + w D)); a stream keeps keys and values of its last block.
 */
final class DiagAttention implements Streaming {
    private final TransnormerConfig c;
    private final Form.Diagonal form;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear out;

    DiagAttention(TransnormerConfig c, Form.Diagonal form, Params p) {
        this.c = c;
        this.form = form;
        q = Linear.of(p, "q_proj", c.dim(), c.inner(), true, TransnormerProvider.START);
        k = Linear.of(p, "k_proj", c.dim(), c.inner(), true, TransnormerProvider.START);
        v = Linear.of(p, "v_proj", c.dim(), c.inner(), true, TransnormerProvider.START);
        out = Linear.of(p, "out_proj", c.inner(), c.dim(), true, TransnormerProvider.START);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "transnormer");
        Tensor x = in.get("x");
        int t = x.dim(1);
        int w = Math.min(form.window(), t);
        int n = (t + w - 1) / w;
        Tensor o = attend(cut(q.apply(x), n, w), cut(k.apply(x), n, w), cut(v.apply(x), n, w), lengths(x.dim(0), t, w));
        return Tensors.of(
                "y", read(Heads.merge(o).reshape(x.dim(0), n * w, c.inner()).slice(1, 0, t)));
    }

    /** [B, T, E] -> [B n, H, w, d], zeros behind the last token. */
    private Tensor cut(Tensor x, int n, int w) {
        return Heads.split(Ops.padZero(x, 1, 0, n * w - x.dim(1)).reshape(x.dim(0) * n, w, c.inner()), c.heads());
    }

    /** Tokens of each block of each row. */
    private static Tensor lengths(int rows, int t, int w) {
        int n = (t + w - 1) / w;
        long[] l = new long[rows * n];
        Arrays.setAll(l, i -> Math.min(w, t - i % n * w));
        return Tensor.of(l, l.length);
    }

    private Tensor attend(Tensor qh, Tensor kh, Tensor vh, Tensor lengths) {
        if (form.weights() == Weights.SOFTMAX) {
            Attention a = Fused.attend(qh).keys(kh, vh);
            return (c.causal() ? a.causal() : a.keyLengths(lengths)).o();
        }
        Tensor weights = Ops.relu(qh.matmulT(kh).mul(1 / Math.sqrt(qh.dim(3))));
        return (c.causal() ? weights.mul(past(qh, kh)) : weights).matmul(vh);
    }

    /** 1 where a key is no later than the query, queries being the last of the keys' tokens: [n, m]. */
    private static Tensor past(Tensor qh, Tensor kh) {
        int before = kh.dim(2) - qh.dim(2);
        Tensor row = Ops.iota(DType.I64, qh.dim(2)).unsqueeze(1);
        return Ops.iota(DType.I64, kh.dim(2)).sub(before).le(row).cast(qh.dtype());
    }

    private Tensor read(Tensor o) {
        return out.apply(form.weights() == Weights.RELU ? Fused.rmsNorm(o, 1e-8, Root.OUTSIDE) : o);
    }

    @Override
    public State open(Opening o) {
        return new State(o.batch()).with("k", new Slot.Growing(2)).with("v", new Slot.Growing(2));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensor x = in.get("x");
        Tensor qh = Heads.split(q.apply(x), c.heads());
        Tensor kh = Heads.split(k.apply(x), c.heads());
        Tensor vh = Heads.split(v.apply(x), c.heads());
        int w = form.window();
        List<Tensor> parts = new ArrayList<>();
        for (int at = 0; at < x.dim(1); ) {
            int inside = (s.position() + at) % w;
            int to = Math.min(x.dim(1), at + w - inside);
            keep(s.growing("k"), kh.slice(2, at, to), inside);
            keep(s.growing("v"), vh.slice(2, at, to), inside);
            parts.add(attend(
                    qh.slice(2, at, to), s.growing("k").get(), s.growing("v").get(), Tensor.of(new long[0], 0)));
            at = to;
        }
        s.advance(x.dim(1));
        return Tensors.of("y", read(Heads.merge(Ops.concat(2, parts))));
    }

    /** Behind the {@code inside} tokens of the present block, or in place of the last one. */
    private static void keep(Slot.Growing slot, Tensor piece, int inside) {
        if (inside == 0) {
            slot.set(piece);
        } else {
            slot.append(piece);
        }
    }
}
