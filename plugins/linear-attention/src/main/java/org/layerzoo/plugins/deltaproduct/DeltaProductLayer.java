package org.layerzoo.plugins.deltaproduct;

import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Params;
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
import org.layerzoo.nn.linear.Pass;
import org.layerzoo.nn.linear.StepDecay;

/**
 * Gated DeltaProduct (section 3), x [B, T, D] -> y [B, T, D], n steps of the delta rule a token:
 *
 * <pre>
 * q, k_j, v_j = SiLU(conv(x W));  q, k_j of unit length;  b_j = 2 sigmoid(x W_b);  log a_t = -exp(A) softplus(x W_a + dt)
 * S = a_t S;  S = (I - b_j k_j k_j^T) S + b_j k_j v_j^T for j = 1..n;  o_t = S^T q_t / sqrt(dk)
 * y = (RMSNorm(o) * SiLU(x W_g)) W_o
 * </pre>
 *
 * FLOPs O(B T (n D^2 + n D (C + dk))) in chunks of C steps, state B H dk dv whatever n. Equals gated_deltaproduct.py of fla.
 */
final class DeltaProductLayer extends DeltaMixer {
    /** Xavier-uniform of gain 2^-2.5, as the authors start all projections. */
    private static final Init START = Init.xavierUniform(Math.pow(2, -2.5));

    private final DeltaProductConfig c;
    private final Steps steps;
    private final Linear beta;
    private final Optional<Forget> forget;
    private final GatedOutput out;

    /** The step's projection and what it decays by. */
    private record Forget(Linear a, StepDecay decay) {}

    DeltaProductLayer(DeltaProductConfig c, Params p) {
        super("deltaproduct", c.valueHeads(), c.headDim(), c.headValueDim(), projections(c, p));
        this.c = c;
        steps = new Steps(c.steps());
        beta = Linear.of(p, "b_proj", c.dim(), c.steps() * c.valueHeads(), false, START);
        forget = c.forget()
                ? Optional.of(new Forget(
                        Linear.of(p, "a_proj", c.dim(), c.valueHeads(), false, START), StepDecay.of(p, c.valueHeads())))
                : Optional.empty();
        GatedOutput.Sizes sizes = new GatedOutput.Sizes(c.dim(), c.valueHeads(), c.headValueDim());
        out = GatedOutput.of(p, sizes, c.gate(), c.normEps(), START);
    }

    private static TokenProjections projections(DeltaProductConfig c, Params p) {
        int keys = c.heads() * c.headDim();
        TokenProjections.Widths widths =
                new TokenProjections.Widths(keys, c.steps() * keys, c.steps() * c.valueHeads() * c.headValueDim());
        TokenProjection.Short conv =
                new TokenProjection.Short(c.conv().width(), c.conv().bias());
        return TokenProjections.of(p, c.dim(), widths, conv, Activation.SILU, Activation.SILU);
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        Tensor x = in.get("x");
        Tensor qh = Heads.unit(Heads.split(tokens().q().apply(x, p::conv), c.heads()));
        Tensor kh = Heads.unit(expanded(tokens().k().apply(x, p::conv), c.heads()));
        Tensor vh = expanded(tokens().v().apply(x, p::conv), c.valueHeads());
        Tensor b = expanded(beta.apply(x, Activation.SIGMOID), c.valueHeads()).squeeze(3);
        Recurrence r = steps.rule(qh, kh, vh, c.negativeEigenvalues() ? b.mul(2) : b, forget.map(f -> f.decay()
                        .logs(f.a().apply(x))))
                .scale(1 / Math.sqrt(c.headDim()));
        return out.apply(x, p.call().taps().at(HEADS, steps.last(p.recur(STATE, r, c.steps()))));
    }

    /** Channels (step, head, d) of each token [B, T, n H d] as [B, H, n T, d]. */
    private Tensor expanded(Tensor x, int heads) {
        int n = c.steps();
        int d = x.dim(2) / n / heads;
        return x.reshape(x.dim(0), x.dim(1), n, heads, d)
                .permute(0, 3, 1, 2, 4)
                .reshape(x.dim(0), heads, x.dim(1) * n, d);
    }
}
