package org.layerzoo.plugins.nha;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.TokenProjection;
import org.layerzoo.nn.TokenProjections;
import org.layerzoo.nn.linear.GatedSlots;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;

/**
 * Native hybrid attention (section 3), x [B, T, D] -> y [B, T, D], m slots and a window of w tokens a head:
 *
 * <pre>
 * a_t = sigmoid(x_t W_f)^(1/8);  K_t = diag(a_t) K_{t-1} + (1 - a_t) SiLU(k_t)^T;  V_t likewise
 * [p, r] = softmax(scale [K_t SiLU(q_t), rope(q_t) . rope(k_j)]), j in (t - w, t];  o_t = V_t^T p + sum_j r_j v_j
 * y = RMSNorm(SiLU(o)) W_o
 * </pre>
 *
 * FLOPs O(B T (D^2 + H d (m + w + C))) in chunks of C tokens, state B H 2 d (m + w). Equals nha.py:NativeHybridAttention of the authors.
 */
final class NhaLayer implements LinearMixer, HeadedLayer {
    static final String KEYS = "window_k";
    static final String VALUES = "window_v";
    static final String LATE = "delayed_";
    private static final Rope ROPE = Rope.halves(10000);

    private final NhaConfig c;
    private final TokenProjections tokens;
    private final Optional<Linear> f;
    private final Norm norm;
    private final Linear out;

    NhaLayer(NhaConfig c, Params p) {
        this.c = c;
        int kv = c.kvHeads() * c.headDim();
        TokenProjections.Widths widths = new TokenProjections.Widths(c.dim(), kv, kv);
        tokens = TokenProjections.of(p, c.dim(), widths, TokenProjection.Short.NONE, Activation.NONE, Activation.SILU);
        f = c.slots() == 0
                ? Optional.empty()
                : Optional.of(Linear.of(p, "f_proj", c.dim(), c.kvHeads() * c.slots(), false));
        norm = Norm.Rms.of(p, "g_norm", c.dim(), 1e-5);
        out = Linear.of(p, "o_proj", c.dim(), c.dim(), false);
    }

    @Override
    public String layer() {
        return "nha";
    }

    @Override
    public boolean varlen() {
        return true;
    }

    @Override
    public List<Memory> memory() {
        return c.slots() == 0 ? List.of() : GatedSlots.memory(c.heads(), c.headDim(), c.headDim(), c.slots());
    }

    @Override
    public State open(Opening o) {
        State s = LinearMixer.super.open(o);
        int d = c.headDim();
        if (c.window() > 0) {
            List.of(KEYS, VALUES).forEach(n -> keep(s, o, n, d));
        }
        if (c.late()) {
            List.of("k", "v").forEach(n -> keep(s, o, LATE + n, d));
            List.of("write", "log").forEach(n -> keep(s, o, LATE + n, c.slots()));
        }
        return s;
    }

    private void keep(State s, Opening o, String slot, int width) {
        s.with(slot, new Slot.Fixed(Tensor.zeros(o.dtype(), o.batch(), c.kvHeads(), c.window(), width)));
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        Tensor x = in.get("x");
        Tensor qh = Heads.split(tokens.q().apply(x, p::conv), c.heads());
        Tensor kh = Heads.split(tokens.k().apply(x, p::conv), c.kvHeads());
        Tensor vh = Heads.split(tokens.v().apply(x, p::conv), c.kvHeads());
        Optional<Fused.Part> slots = f.map(w -> slots(qh, kh, vh, Heads.split(w.apply(x), c.kvHeads()), p));
        Optional<Fused.Part> window = c.window() == 0 ? Optional.empty() : Optional.of(window(qh, kh, vh, p));
        Tensor o = slots.isPresent() && window.isPresent()
                ? joint(slots.get(), window.get(), p)
                : slots.or(() -> window).orElseThrow().o();
        return out.apply(norm.apply(Ops.silu(Heads.merge(p.call().taps().at(HEADS, o)))));
    }

    private Fused.Part slots(Tensor qh, Tensor kh, Tensor vh, Tensor gate, Pass p) {
        GatedSlots.Gate g = GatedSlots.Gate.of(gate, c.tau());
        return new GatedSlots(
                        Ops.silu(qh),
                        late("k", Ops.silu(kh), p),
                        late("v", vh, p),
                        late("write", g.write(), p),
                        late("log", g.logKeep(), p),
                        c.scale())
                .part(p::recur);
    }

    private Tensor late(String name, Tensor x, Pass p) {
        return c.late() ? p.delayed(LATE + name, x, c.window()) : x;
    }

    private Fused.Part window(Tensor qh, Tensor kh, Tensor vh, Pass p) {
        Tensor at = p.positions(qh.dim(2));
        Tensor keys = p.behind(KEYS, ROPE.rotate(kh, at), c.window());
        Optional<Tensor> bounds =
                p.call().seqs() instanceof Seqs.Packed packed ? Optional.of(packed.cuSeqlens()) : Optional.empty();
        return SlotsAndWindow.window(
                ROPE.rotate(qh, at), keys, p.behind(VALUES, vh, c.window()), c.window(), c.scale(), bounds);
    }

    /** The loss is the binary cross-entropy of the slots' share against 1, which moves the slots alone. */
    private Tensor joint(Fused.Part slots, Fused.Part window, Pass p) {
        if (c.usage() > 0 && p.call().aux().wantsLosses()) {
            Tensor logit = slots.lse().sub(Ops.stop(window.lse()));
            p.call().aux().loss("usage", Ops.softplus(logit.neg()).mean(), c.usage());
        }
        return SlotsAndWindow.joint(slots, window).o();
    }
}
