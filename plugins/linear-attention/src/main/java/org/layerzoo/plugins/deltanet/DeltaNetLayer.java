package org.layerzoo.plugins.deltanet;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.TokenProjection;
import org.layerzoo.nn.TokenProjections;
import org.layerzoo.nn.linear.DeltaMixer;
import org.layerzoo.nn.linear.GatedOutput;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.nn.linear.Pass;

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
final class DeltaNetLayer extends DeltaMixer {
    private static final String BETA = "delta.beta";

    private final DeltaNetConfig c;
    private final Optional<Linear> beta;
    private final GatedOutput out;

    DeltaNetLayer(DeltaNetConfig c, Params p) {
        super("deltanet", c.heads(), c.headKeyDim(), c.headValueDim(), projections(c, p));
        this.c = c;
        beta = c.beta() ? Optional.of(Linear.of(p, "b_proj", c.dim(), c.heads(), false)) : Optional.empty();
        GatedOutput.Sizes sizes = new GatedOutput.Sizes(c.dim(), c.heads(), c.headValueDim());
        out = GatedOutput.of(p, sizes, c.gate(), c.normEps(), Init.linear());
    }

    private static TokenProjections projections(DeltaNetConfig c, Params p) {
        TokenProjections.Widths widths = new TokenProjections.Widths(c.keyDim(), c.keyDim(), c.valueDim());
        TokenProjection.Short conv =
                new TokenProjection.Short(c.conv().width(), c.conv().bias());
        Activation keys = c.feature() == DeltaNetConfig.Feature.SILU ? Activation.SILU : Activation.NONE;
        return TokenProjections.of(p, c.dim(), widths, conv, keys, Activation.SILU);
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        Tensor x = in.get("x");
        Tensor qh = feature(tokens().q().apply(x, p::conv));
        Tensor kh = feature(tokens().k().apply(x, p::conv));
        Tensor vh = Heads.split(tokens().v().apply(x, p::conv), c.heads());
        Recurrence r = Fused.recur(qh, kh, vh)
                .delta(p.call().taps().at(BETA, strength(x)))
                .scale(1 / Math.sqrt(c.headKeyDim()));
        return out.apply(x, p.call().taps().at(HEADS, p.recur(STATE, r)));
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
                    case ELU -> LinearAttention.eluPlusOne(x);
                };
        Tensor h = Heads.split(f, c.heads());
        return switch (c.keyNorm()) {
            case L2 -> Heads.unit(h);
            case SUM -> h.div(h.sumKeep(-1));
            case NONE -> h;
        };
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(BETA, "B H T"), new Site(HEADS, "B H T d"));
    }
}
