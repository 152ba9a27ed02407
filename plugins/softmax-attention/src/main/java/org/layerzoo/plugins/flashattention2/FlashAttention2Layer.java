package org.layerzoo.plugins.flashattention2;

import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.attend.Attended;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/**
 * Exact softmax attention without a T x T matrix in memory (FlashAttention-2, sections 3.1 and 3.2).
 *
 * <p>S = q k^T / sqrt(d), softcapped, + ALiBi; P = softmax(S); o = P v; lse = log sum exp S. q [B, H, T, d],
 * k [B, Hk, S, d], v [B, Hk, S, dv] -> o [B, H, T, dv]; query head h reads key-value head h Hk / H. FLOPs 4 T^2 d H
 * (half when causal), extra memory B H T. Equals the authors' attention_ref.
 */
final class FlashAttention2Layer implements Streaming {
    private final FlashAttention2Config c;

    FlashAttention2Layer(FlashAttention2Config config) {
        this.c = config;
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Attention a = Fused.attend(in.get("q")).keys(in.get("k"), in.get("v"));
        switch (call.seqs()) {
            case Seqs.Packed p -> a.packed(p.cuSeqlens(), p.cuSeqlens());
            case Seqs.Dense d -> d.lengths().ifPresent(l -> a.lengths(l, l));
        }
        in.find("key_mask").ifPresent(a::keyMask);
        return attend(a, in, call);
    }

    /** Window, softcap and ALiBi of a configuration. */
    static void restrict(Attention a, Tensors in, FlashAttention2Config c) {
        if (c.causal() || c.windowLeft() >= 0 || c.windowRight() >= 0) {
            a.window(c.windowLeft(), c.causal() ? 0 : c.windowRight());
        }
        if (c.softcap() > 0) {
            a.softcap(c.softcap());
        }
        in.find("alibi_slopes")
                .ifPresent(s -> a.alibi(s, c.causal() ? Section.AlibiForm.FROM_LAST_KEY : Section.AlibiForm.DISTANCE));
    }

    private Tensors attend(Attention a, Tensors in, Call call) {
        restrict(a, in, c);
        Optional<Tensor> keep = in.find("dropout_keep");
        if (keep.isPresent()) {
            a.dropout(c.dropout(), keep.get());
        } else if (c.dropout() > 0 && call.training()) {
            a.dropout(c.dropout(), call.draws().seed(), 0);
        }
        boolean weights = call.aux().wants("p");
        Attended r = a.wants(new Wants(weights, 0, false, 0)).run();
        r.lse().ifPresent(l -> call.aux().put("lse", l));
        r.weights().ifPresent(p -> call.aux().put("p", p));
        return Tensors.of("o", r.o());
    }

    @Override
    public State open(Opening opening) {
        return new State(opening.batch()).with("k", new Slot.Growing(2)).with("v", new Slot.Growing(2));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        if (!c.causal()) {
            throw ZooException.unsupported("flash-attention-2 streams only when it is causal: set causal to true");
        }
        s.growing("k").append(in.get("k"));
        s.growing("v").append(in.get("v"));
        Tensor k = s.growing("k").get();
        Tensors out = attend(Fused.attend(in.get("q")).keys(k, s.growing("v").get()), in, call);
        int n = in.get("q").dim(2);
        s.advance(n);
        s.count((long) n * k.dim(2), (long) n * k.dim(2) * c.heads());
        return out;
    }
}
