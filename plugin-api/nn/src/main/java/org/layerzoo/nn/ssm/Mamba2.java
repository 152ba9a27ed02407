package org.layerzoo.nn.ssm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.shortconv.TokenConv;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;

/**
 * Mamba-2 (Dao and Gu 2024, section 7), x [B, T, D] -> y [B, T, D] with H heads of P channels, E = H P, and N states:
 *
 * <pre>
 * [z, x, B, C, dt] = u W_in;  x, B, C = SiLU(conv(x, B, C));  dt = softplus(dt + b);  h_t = exp(-dt e^A_log) h_{t-1} + dt B x^T
 * y = h^T C + D x;  out = RMSNorm(y * SiLU(z)) W_out
 * </pre>
 *
 * Several mixers of one size over the same tokens are one convolution and one scan over the heads of all. State B E N and the
 * last inputs of the convolution.
 */
public final class Mamba2 implements LinearMixer {
    /** Slot of the last inputs of the convolution [B, width - 1, E + 2 G N], those of the first mixer first. */
    public static final String INPUTS = "conv1d";
    /** Slot of the states [B, H, N, P], heads of the first mixer first. */
    public static final String STATE = "h";

    /** Sizes; groups G of heads share B and C. */
    public record Sizes(
            String layer,
            int dim,
            int inner,
            int headDim,
            int states,
            int groups,
            int convWidth,
            boolean convBias,
            boolean bias) {
        int heads() {
            return inner / headDim;
        }

        int maps() {
            return groups * states;
        }

        int convolved() {
            return inner + 2 * maps();
        }
    }

    private final Sizes s;
    private final Linear inProj;
    private final Param taps;
    private final Optional<Param> tapBias;
    private final Param dtBias;
    private final Param aLog;
    private final Param skip;
    private final Norm norm;
    private final Linear outProj;

    public Mamba2(Params p, Sizes s) {
        this.s = s;
        int width = s.convolved();
        inProj = Linear.of(p, "in_proj", s.dim(), s.inner() + width + s.heads(), s.bias());
        taps = p.weight("conv1d.weight", Shape.of(width, 1, s.convWidth()), Init.linear());
        tapBias = s.convBias()
                ? Optional.of(
                        p.weight("conv1d.bias", Shape.of(width), Init.bias(s.convWidth()), new Param.Attr.NoDecay()))
                : Optional.empty();
        Shape heads = Shape.of(s.heads());
        dtBias = p.weight("dt_bias", heads, SsmInit.softplusStep(1e-3, 1e-1), new Param.Attr.NoDecay());
        aLog = p.weight("A_log", heads, SsmInit.logUniform(1, 16), new Param.Attr.NoDecay());
        skip = p.weight("D", heads, Init.ones(), new Param.Attr.NoDecay());
        norm = Norm.Rms.of(p, "norm", s.inner(), 1e-5);
        outProj = Linear.of(p, "out_proj", s.inner(), s.dim(), s.bias());
    }

    @Override
    public String layer() {
        return s.layer();
    }

    @Override
    public List<Memory> memory() {
        return memory(s, 1);
    }

    private static List<Memory> memory(Sizes s, int mixers) {
        return List.of(new Memory(STATE, mixers * s.heads(), s.states(), s.headDim()));
    }

    @Override
    public State open(Opening o) {
        State state = LinearMixer.super.open(o);
        return opened(state, o, s, 1);
    }

    private static State opened(State state, Opening o, Sizes s, int mixers) {
        return state.with(
                INPUTS, new Slot.Fixed(Tensor.zeros(o.dtype(), o.batch(), s.convWidth() - 1, mixers * s.convolved())));
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        return together(List.of(this), in.get("x"), p).getFirst();
    }

    /** The outputs of mixers of equal sizes over the same x [B, T, D]; their slots are those of {@link #open(Opening, List)}. */
    public static List<Tensor> together(List<Mamba2> mixers, Tensor x, Pass p) {
        Sizes s = mixers.getFirst().s;
        int n = mixers.size();
        List<Tensor> z = new ArrayList<>();
        List<Tensor> xbc = new ArrayList<>();
        List<Tensor> dt = new ArrayList<>();
        for (Mamba2 m : mixers) {
            List<Tensor> parts = Ops.split(m.inProj.apply(x), -1, s.inner(), s.convolved(), s.heads());
            z.add(parts.get(0));
            xbc.add(parts.get(1));
            dt.add(parts.get(2));
        }
        Tensor convolved = p.conv(INPUTS, conv(mixers, Ops.concat(-1, xbc)));
        List<Tensor> xs = new ArrayList<>();
        List<Tensor> in = new ArrayList<>();
        List<Tensor> out = new ArrayList<>();
        for (Tensor part : Ops.split(convolved, -1, same(n, s.convolved()))) {
            List<Tensor> c = Ops.split(part, -1, s.inner(), s.maps(), s.maps());
            xs.add(c.get(0));
            in.add(c.get(1));
            out.add(c.get(2));
        }
        Tensor steps = Ops.softplus(Ops.concat(-1, dt).add(joined(mixers, m -> m.dtBias)));
        Tensor a = Ops.exp(joined(mixers, m -> m.aLog)).neg();
        Tensor wide = Ops.concat(-1, xs);
        Tensor reads = p.recur(STATE, Ssd.of(wide, steps, a, Ops.concat(-1, in), Ops.concat(-1, out), n * s.groups()));
        Tensor skipped =
                Heads.split(wide, n * s.heads()).mul(joined(mixers, m -> m.skip).reshape(1, n * s.heads(), 1, 1));
        List<Tensor> y = Ops.split(Heads.merge(reads.add(skipped)), -1, same(n, s.inner()));
        List<Tensor> results = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            Mamba2 m = mixers.get(i);
            results.add(m.outProj.apply(m.norm.apply(y.get(i).mul(Ops.silu(z.get(i))))));
        }
        return results;
    }

    private static int[] same(int n, int size) {
        int[] sizes = new int[n];
        java.util.Arrays.fill(sizes, size);
        return sizes;
    }

    private static TokenConv conv(List<Mamba2> mixers, Tensor x) {
        Tensor w = joined(mixers, m -> m.taps);
        TokenConv c = TokenConv.of(x, w.reshape(w.dim(0), w.dim(2))).activation(Activation.SILU);
        return mixers.getFirst().s.convBias() ? c.bias(joined(mixers, m -> m.tapBias.orElseThrow())) : c;
    }

    private static Tensor joined(List<Mamba2> mixers, Function<Mamba2, Param> of) {
        return Ops.concat(0, mixers.stream().map(m -> of.apply(m).value()).toList());
    }

    /** Empty slots of mixers of equal sizes that run together. */
    public static State open(Opening o, List<Mamba2> mixers) {
        Sizes s = mixers.getFirst().s;
        State state = new State(o.batch());
        LinearMixer.open(state, o, memory(s, mixers.size()));
        return opened(state, o, s, mixers.size());
    }
}
