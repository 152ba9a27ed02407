package org.layerzoo.nn.ssm;

import java.util.List;
import java.util.function.Function;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.scan.Selective;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;

/**
 * The layer around a selective scan (Gu and Dao 2023, figure 3), x [B, T, D] -> y [B, T, D] with E inner channels of N states:
 *
 * <pre>
 * [x, z] = u W_in;  x = SiLU(conv(x));  [steps, B, C] = x W_x;  y = scan(x, steps, B, C) + D x;  out = (y * SiLU(z)) W_out
 * </pre>
 *
 * The rule makes the scan; {@link #mamba} is that of Mamba. FLOPs O(B T E (D + N)), state B E (N + width - 1).
 */
public final class SelectiveMixer implements LinearMixer {
    /** Slot of the state [B, E, N]. */
    public static final String STATE = "h";

    /** Site of what step sizes are made from, [B, T, R]. */
    public static final String STEPS = "scan.steps";

    private static final String READ = "scan.y";

    /**
     * Sizes.
     *
     * @param rank numbers R of a token from which steps are made
     * @param depth layers of the stack: residual branches of a deep one start smaller, by 1 / sqrt(depth)
     */
    public record Sizes(
            String layer,
            int dim,
            int inner,
            int states,
            int rank,
            int convWidth,
            boolean convBias,
            boolean bias,
            int depth) {}

    /** What a rule reads: x and gate z [B, T, E], steps [B, T, R], maps in, out [B, T, N], skip D [E]. */
    public record Inner(Tensor x, Tensor steps, Tensor in, Tensor out, Tensor skip, Tensor gate) {}

    /** Makes (scan + D x) * SiLU(z), [B, T, E], its state [B, E, N] in slot {@link #STATE}. */
    @FunctionalInterface
    public interface Rule {
        Tensor read(Inner i, Pass p);

        /** A selective scan; skip and gate are added to it. */
        static Rule scan(Function<Inner, Selective> scan) {
            return (i, p) -> p.selective(STATE, scan.apply(i).skip(i.skip()).gate(i.gate()), i.x().dim(1));
        }
    }

    private final Sizes s;
    private final Rule rule;
    private final Linear inProj;
    private final DepthwiseConv conv;
    private final Linear xProj;
    private final Param skip;
    private final Linear outProj;

    public SelectiveMixer(Params p, Sizes s, Rule rule) {
        this.s = s;
        this.rule = rule;
        int e = s.inner();
        inProj = Linear.of(p, "in_proj", s.dim(), 2 * e, s.bias());
        conv = DepthwiseConv.of(p, "conv1d", e, s.convWidth(), s.convBias(), Activation.SILU);
        xProj = Linear.of(p, "x_proj", e, s.rank() + 2 * s.states(), false);
        skip = p.weight("D", Shape.of(e), Init.ones(), new Param.Attr.NoDecay());
        Init out = (path, shape, dtype, draws) ->
                Init.linear().values(path, shape, dtype, draws).div(Math.sqrt(s.depth()));
        outProj = Linear.of(p, "out_proj", e, s.dim(), s.bias(), out);
    }

    /** dt = softplus(steps W + b), h_t = exp(dt A) h_{t-1} + dt B x_t, A = -exp(A_log); parameters dt_proj and A_log. */
    public static SelectiveMixer mamba(Params p, Sizes s) {
        double bound = 1 / Math.sqrt(s.rank());
        Param w = p.weight("dt_proj.weight", Shape.of(s.inner(), s.rank()), Init.uniform(-bound, bound));
        Param b = p.weight(
                "dt_proj.bias", Shape.of(s.inner()), SsmInit.softplusStep(1e-3, 1e-1), new Param.Attr.NoDecay());
        Param log = p.weight("A_log", Shape.of(s.inner(), s.states()), Init.logArange(), new Param.Attr.NoDecay());
        return new SelectiveMixer(p, s, Rule.scan(i -> Fused.selectiveScan(
                        i.x(),
                        Fused.linear(i.steps(), w.value()),
                        Ops.exp(log.value()).neg(),
                        i.in(),
                        i.out())
                .deltaBias(b.value())
                .softplus()));
    }

    @Override
    public String layer() {
        return s.layer();
    }

    @Override
    public List<Memory> memory() {
        return List.of(new Memory(STATE, List.of(s.inner(), s.states())));
    }

    @Override
    public List<DepthwiseConv> convolutions() {
        return List.of(conv);
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        List<Tensor> xz = Ops.split(inProj.apply(in.get("x")), -1, s.inner(), s.inner());
        Tensor x = p.conv(conv, xz.get(0));
        List<Tensor> maps = Ops.split(xProj.apply(x), -1, s.rank(), s.states(), s.states());
        Tensor steps = p.call().taps().at(STEPS, maps.get(0));
        Inner i = new Inner(x, steps, maps.get(1), maps.get(2), skip.value(), xz.get(1));
        return outProj.apply(p.call().taps().at(READ, rule.read(i, p)));
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(STEPS, "B T R"), new Site(READ, "B T E"));
    }
}
