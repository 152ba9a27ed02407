package org.layerzoo.plugins.gsa;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.TokenProjection;
import org.layerzoo.nn.TokenProjections;
import org.layerzoo.nn.linear.GatedSlots;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;
import org.layerzoo.plugins.gsa.GsaConfig.Gate;

/**
 * Gated slot attention (section 3), x [B, T, D] -> y [B, T, D], m slots a head:
 *
 * <pre>
 * q, k, v = SiLU(x W);  a_t = sigmoid(x_t W_a)^(1/tau);  y = RMSNorm(SiLU(o)) W_o
 * K_t = diag(a_t) K_{t-1} + (1 - a_t) k_t^T;  V_t likewise;  o_t = V_t^T softmax(K_t q_t)
 * </pre>
 *
 * FLOPs O(B T (D^2 + H m (dk + dv + C))) in chunks of C tokens, state B H m (dk + dv). Equals fla/layers/gsa.py of the authors.
 */
final class GsaLayer implements LinearMixer, HeadedLayer {
    private static final String MASS = "z";
    /** Finite stand-in for log 0. */
    private static final double NOTHING = -1e30;

    private final GsaConfig c;
    private final TokenProjections tokens;
    private final Linear f;
    private final Norm norm;
    private final Linear out;

    GsaLayer(GsaConfig c, Params p) {
        this.c = c;
        TokenProjections.Widths widths = new TokenProjections.Widths(
                c.heads() * c.headKeyDim(), c.kvHeads() * c.headKeyDim(), c.kvHeads() * c.headValueDim());
        Activation activation = c.conv().width() > 0 ? Activation.SILU : Activation.NONE;
        TokenProjection.Short conv =
                new TokenProjection.Short(c.conv().width(), c.conv().bias());
        tokens = TokenProjections.of(p, c.dim(), widths, conv, activation, activation);
        f = Linear.of(p, "f_proj", c.dim(), c.kvHeads() * c.slots(), false);
        norm = Norm.Rms.of(p, "g_norm", c.heads() * c.headValueDim(), 1e-5);
        out = Linear.of(p, "o_proj", c.heads() * c.headValueDim(), c.dim(), false);
    }

    @Override
    public String layer() {
        return "gsa";
    }

    @Override
    public boolean varlen() {
        return c.gate() == Gate.SLOTS;
    }

    @Override
    public List<Memory> memory() {
        return GatedSlots.memory(c.heads(), c.headKeyDim(), c.headValueDim(), c.slots());
    }

    @Override
    public List<DepthwiseConv> convolutions() {
        return tokens.convolutions();
    }

    @Override
    public State open(Opening o) {
        State s = LinearMixer.super.open(o);
        if (c.gate() == Gate.SOFTMAX) {
            s.with(
                    MASS,
                    new Slot.Fixed(Tensor.full(Wide.of(o.dtype()), NOTHING, o.batch(), c.kvHeads(), 1, c.slots())));
        }
        return s;
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        Tensor x = in.get("x");
        Tensor qh = Heads.split(feature(tokens.q().apply(x, p::conv)), c.heads());
        Tensor kh = Heads.split(feature(tokens.k().apply(x, p::conv)), c.kvHeads());
        Tensor vh = Heads.split(Ops.silu(tokens.v().apply(x, p::conv)), c.kvHeads());
        Tensor gate = Heads.split(f.apply(x), c.kvHeads());
        Tensor o = (c.gate() == Gate.SLOTS ? learned(qh, kh, vh, gate) : softmax(qh, kh, vh, gate, p)).read(p::recur);
        return out.apply(norm.apply(Ops.silu(Heads.merge(p.call().taps().at(HEADS, o)))));
    }

    private Tensor feature(Tensor x) {
        return switch (c.feature()) {
            case SWISH -> Ops.silu(x);
            case RELU -> Ops.relu(x);
            case IDENTITY -> x;
        };
    }

    private GatedSlots learned(Tensor qh, Tensor kh, Tensor vh, Tensor gate) {
        return GatedSlots.of(qh, kh, vh, GatedSlots.Gate.of(gate, c.tau()), c.scale());
    }

    /** ABC: z_t = log sum_{j <= t} exp(e_j), s_t = exp(e_t - z_t), log a_t = z_{t-1} - z_t. */
    private GatedSlots softmax(Tensor qh, Tensor kh, Tensor vh, Tensor e, Pass p) {
        Tensor here = Ops.scan(Primitive.ScanKind.LOGSUMEXP, e, 2, false, false);
        Optional<Tensor> past = p.kept(MASS).map(t -> t.cast(e.dtype()));
        Tensor z = past.map(t -> Ops.logAddExp(here, t)).orElse(here);
        int n = e.dim(2);
        // Of the first token nothing is kept, whatever the gate: the memory is empty.
        Tensor before =
                past.map(t -> Ops.where(t.gt(NOTHING / 2), t, z.slice(2, 0, 1))).orElseGet(() -> z.slice(2, 0, 1));
        Tensor shifted = Ops.concat(2, before, z.slice(2, 0, n - 1));
        p.keep(MASS, z.slice(2, n - 1, n));
        return new GatedSlots(qh, kh, vh, Ops.exp(e.sub(z)), shifted.sub(z), c.scale());
    }
}
