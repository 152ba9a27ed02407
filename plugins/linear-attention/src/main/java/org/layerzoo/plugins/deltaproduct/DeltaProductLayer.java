package org.layerzoo.plugins.deltaproduct;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.TokenProjection;
import org.layerzoo.nn.linear.LinearMixer;
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
final class DeltaProductLayer implements LinearMixer {
    private static final String STATE = "S";
    private static final String HEADS = "delta.heads";
    /** Xavier-uniform of gain 2^-2.5, as the authors start all projections. */
    private static final Init START = Init.xavierUniform(Math.pow(2, -2.5));

    private final DeltaProductConfig c;
    private final Steps steps;
    private final TokenProjection q;
    private final TokenProjection k;
    private final TokenProjection v;
    private final Linear beta;
    private final Optional<Forget> forget;
    private final Optional<Linear> gate;
    private final Norm norm;
    private final Linear out;

    /** The step's projection and what it decays by. */
    private record Forget(Linear a, StepDecay decay) {}

    DeltaProductLayer(DeltaProductConfig c, Params p) {
        this.c = c;
        steps = new Steps(c.steps());
        int values = c.valueHeads() * c.headValueDim();
        q = projection(p, "q", c.heads() * c.headDim());
        k = projection(p, "k", c.steps() * c.heads() * c.headDim());
        v = projection(p, "v", c.steps() * values);
        beta = Linear.of(p, "b_proj", c.dim(), c.steps() * c.valueHeads(), false, START);
        forget = c.forget()
                ? Optional.of(new Forget(
                        Linear.of(p, "a_proj", c.dim(), c.valueHeads(), false, START), StepDecay.of(p, c.valueHeads())))
                : Optional.empty();
        gate = c.gate() ? Optional.of(Linear.of(p, "g_proj", c.dim(), values, false, START)) : Optional.empty();
        norm = Norm.Rms.of(p, "o_norm", c.headValueDim(), c.normEps());
        out = Linear.of(p, "o_proj", values, c.dim(), false, START);
    }

    private TokenProjection projection(Params p, String name, int width) {
        TokenProjection.Short conv =
                new TokenProjection.Short(c.conv().width(), c.conv().bias());
        return TokenProjection.of(p, name, c.dim(), width, conv, Activation.SILU);
    }

    @Override
    public String layer() {
        return "deltaproduct";
    }

    @Override
    public boolean varlen() {
        return true;
    }

    @Override
    public List<Memory> memory() {
        return List.of(new Memory(STATE, c.valueHeads(), c.headDim(), c.headValueDim()));
    }

    @Override
    public List<DepthwiseConv> convolutions() {
        return Stream.of(q, k, v).flatMap(p -> p.conv().stream()).toList();
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        Tensor x = in.get("x");
        Tensor qh = unit(Heads.split(q.apply(x, p::conv), c.heads()));
        Tensor kh = unit(expanded(k.apply(x, p::conv), c.heads()));
        Tensor vh = expanded(v.apply(x, p::conv), c.valueHeads());
        Tensor b = expanded(beta.apply(x, Activation.SIGMOID), c.valueHeads()).squeeze(3);
        Recurrence r = steps.rule(qh, kh, vh, c.negativeEigenvalues() ? b.mul(2) : b, forget.map(f -> f.decay()
                        .logs(f.a().apply(x))))
                .scale(1 / Math.sqrt(c.headDim()));
        Tensor o = p.call().taps().at(HEADS, steps.last(p.recur(STATE, r, c.steps())));
        Tensor y = Heads.merge(norm.apply(o));
        return out.apply(gate.map(g -> y.mul(g.apply(x, Activation.SILU))).orElse(y));
    }

    private static Tensor unit(Tensor h) {
        return Fused.l2Norm(h, -1, 1e-6, Root.INSIDE);
    }

    /** Channels (step, head, d) of each token [B, T, n H d] as [B, H, n T, d]. */
    private Tensor expanded(Tensor x, int heads) {
        int n = c.steps();
        int d = x.dim(2) / n / heads;
        return x.reshape(x.dim(0), x.dim(1), n, heads, d)
                .permute(0, 3, 1, 2, 4)
                .reshape(x.dim(0), heads, x.dim(1) * n, d);
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(HEADS, "B H T d"));
    }
}
