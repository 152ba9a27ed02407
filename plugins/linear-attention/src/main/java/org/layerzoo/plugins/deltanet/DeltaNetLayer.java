package org.layerzoo.plugins.deltanet;

import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Algorithms;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.TokenProjection;

/**
 * DeltaNet (sections 2.2, 3.2 and 3.4), x [B, T, D] -> y [B, T, D], H heads of K = dk, V = dv:
 *
 * <pre>
 * q, k, v = SiLU(conv(x W));  q, k = q / |q|, k / |k|;  b_t = sigmoid(x_t W_b)
 * S_t = (I - b_t k_t k_t^T) S_{t-1} + b_t k_t v_t^T;  o_t = S_t^T q_t / sqrt(K);  y = RMSNorm(o) W_o
 * </pre>
 *
 * FLOPs O(B T (D^2 + C D + D K)) in chunks of C tokens, T / C steps one after another; state B H K V and the last inputs of
 * the convolutions. Equals fla/layers/delta_net.py:DeltaNet of the authors.
 */
final class DeltaNetLayer implements Streaming {
    private static final String BETA = "delta.beta";
    private static final String HEADS = "delta.heads";

    private final DeltaNetConfig c;
    private final TokenProjection q;
    private final TokenProjection k;
    private final TokenProjection v;
    private final Optional<Linear> beta;
    private final Optional<Linear> gate;
    private final Norm norm;
    private final Linear out;

    DeltaNetLayer(DeltaNetConfig c, Params p) {
        this.c = c;
        boolean silu = c.feature() == DeltaNetConfig.Feature.SILU;
        q = projection(p, "q", c.keyDim(), silu);
        k = projection(p, "k", c.keyDim(), silu);
        v = projection(p, "v", c.valueDim(), true);
        beta = c.beta() ? Optional.of(Linear.of(p, "b_proj", c.dim(), c.heads(), false)) : Optional.empty();
        gate = c.gate() ? Optional.of(Linear.of(p, "g_proj", c.dim(), c.valueDim(), false)) : Optional.empty();
        norm = Norm.Rms.of(p, "o_norm", c.headValueDim(), c.normEps());
        out = Linear.of(p, "o_proj", c.valueDim(), c.dim(), false);
    }

    private TokenProjection projection(Params p, String name, int width, boolean silu) {
        TokenProjection.Short conv =
                new TokenProjection.Short(c.conv().width(), c.conv().bias());
        return TokenProjection.of(p, name, c.dim(), width, conv, silu ? Activation.SILU : Activation.NONE);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor x = in.get("x");
        Recurrence r = recurrence(x, call, (conv, t) -> conv.apply(t, call.seqs()));
        Sequences.ifPacked(call, r::packed);
        return Tensors.of("y", read(x, r.run().o(), call));
    }

    @Override
    public State open(Opening o) {
        State s = new State(o.batch());
        for (TokenProjection p : List.of(q, k, v)) {
            p.conv().ifPresent(f -> f.open(s, o.dtype()));
        }
        DType wide = o.dtype() == DType.F64 ? DType.F64 : DType.F32;
        return s.with("S", new Slot.Fixed(Tensor.zeros(wide, o.batch(), c.heads(), c.headKeyDim(), c.headValueDim())));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensor x = in.get("x");
        Recurrence.Recurred r = recurrence(x, call, (conv, t) -> conv.advance(t, s))
                .from(s.fixed("S").get())
                .run();
        s.fixed("S").set(r.state());
        s.advance(x.dim(1));
        return Tensors.of("y", read(x, r.o(), call));
    }

    private Recurrence recurrence(Tensor x, Call call, BiFunction<DepthwiseConv, Tensor, Tensor> through) {
        Tensor qh = feature(q.apply(x, through));
        Tensor kh = feature(k.apply(x, through));
        Tensor vh = Heads.split(v.apply(x, through), c.heads());
        Recurrence r =
                Fused.recur(qh, kh, vh).delta(call.taps().at(BETA, strength(x))).scale(1 / Math.sqrt(c.headKeyDim()));
        return Algorithms.of(call, "deltanet").map(r::algorithm).orElse(r);
    }

    /** Write strengths [B, H, T]. */
    private Tensor strength(Tensor x) {
        Tensor b = beta.map(w -> w.apply(x, Activation.SIGMOID).permute(0, 2, 1))
                .orElseGet(() -> Tensor.ones(x.dtype(), x.dim(0), c.heads(), x.dim(1)));
        return c.negativeEigenvalues() ? b.mul(2) : b;
    }

    /** Heads [B, H, T, dk] of queries or keys, activated and normalised. */
    private Tensor feature(Tensor x) {
        Tensor f =
                switch (c.feature()) {
                    case SILU, IDENTITY -> x;
                    case RELU -> Ops.relu(x);
                    case ELU -> Ops.elu(x, 1).add(1);
                };
        Tensor h = Heads.split(f, c.heads());
        return switch (c.keyNorm()) {
            case L2 -> Fused.l2Norm(h, -1, 1e-6, Root.INSIDE);
            case SUM -> h.div(h.sumKeep(-1));
            case NONE -> h;
        };
    }

    /** RMSNorm of each head, gate, W_o. */
    private Tensor read(Tensor x, Tensor o, Call call) {
        Tensor y = Heads.merge(norm.apply(call.taps().at(HEADS, o)));
        return out.apply(gate.map(g -> y.mul(g.apply(x, Activation.SILU))).orElse(y));
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(BETA, "B H T"), new Site(HEADS, "B H T d"));
    }
}
