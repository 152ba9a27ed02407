package org.layerzoo.nn.ssm;

import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Complex;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Sequences;

/**
 * S4 with a diagonal transition, x [B, T, d] -> y [B, T, d]: y = GLU(W GELU(SSM(x)) + b). Parameters have the names and shapes
 * of the authors' library: A = -exp(A_real) - i A_imag, B and C as pairs, dt = exp(inv_dt), D.
 */
public final class S4Layer implements Streaming {
    private static final int SHORT = 32;

    private final Param step;
    private final Param c;
    private final Param b;
    private final Param real;
    private final Param imaginary;
    private final Param skip;
    private final Param mix;
    private final Param mixBias;
    private final SsmLayer ssm;

    /** @param pairs states of a channel, each for a conjugate pair */
    public S4Layer(Params p, int dim, int pairs) {
        Params k = p.at("layer.kernel");
        // The authors' optimiser holds what shapes the transition at a rate of 1e-3.
        Param.Attr[] slow = {new Param.Attr.NoDecay(), new Param.Attr.LrMax(1e-3)};
        skip = p.weight("layer.D", Shape.of(1, dim), Init.normal(1), new Param.Attr.NoDecay());
        step = k.weight("inv_dt", Shape.of(dim, 1), SsmInit.logStep(0.001, 0.1), slow);
        c = k.weight("C", Shape.of(1, dim, pairs, 2), Init.normal(Math.sqrt(0.5)), new Param.Attr.NoDecay());
        b = k.weight("B", Shape.of(1, dim, pairs, 2), S4Layer::one, slow);
        real = k.weight("A_real", Shape.of(dim, pairs), Init.constant(Math.log(0.5)), slow);
        imaginary = k.weight("A_imag", Shape.of(dim, pairs), SsmInit.linear(), slow);
        mix = p.weight("output_linear.0.weight", Shape.of(2 * dim, dim, 1), Init.linear());
        mixBias = p.weight("output_linear.0.bias", Shape.of(2 * dim), Init.bias(dim), new Param.Attr.NoDecay());
        ssm = new SsmLayer("s4", this::model, true);
    }

    private static Tensor one(String path, Shape s, DType dtype, org.layerzoo.core.layer.Draws d) {
        Tensor re = Tensor.ones(dtype, s.dim(0), s.dim(1), s.dim(2));
        return Complex.of(re, Ops.zerosLike(re));
    }

    private DiagonalBank model() {
        Tensor lambda = Complex.of(
                Ops.exp(Wide.up(real.value())).neg(), Wide.up(imaginary.value()).neg());
        Tensor dt = Ops.exp(Wide.up(step.value())).unsqueeze(-1);
        Tensor in = Complex.cmul(Diagonal.hold(lambda, dt), Wide.up(b.value()).select(0, 0));
        return new DiagonalBank(
                Diagonal.of(lambda, dt),
                in,
                Wide.up(c.value()).select(0, 0),
                Wide.up(skip.value()).select(0, 0));
    }

    private Tensors finish(Tensors y) {
        Tensor h = Fused.linear(Ops.gelu(y.get("y")), mix.value().squeeze(-1), mixBias.value());
        int d = h.dim(-1) / 2;
        List<Tensor> parts = Ops.split(h, -1, d, d);
        return Tensors.of("y", parts.get(0).mul(Ops.sigmoid(parts.get(1))));
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "s4");
        Tensor x = in.get("x");
        boolean toeplitz = x.dim(1) <= SHORT && !(call.algorithm() instanceof Call.Algorithm.Recurrent);
        return finish(toeplitz ? product(x) : ssm.forward(in, call));
    }

    /** A Toeplitz product: below a few dozen tokens less work than transforms. */
    private Tensors product(Tensor x) {
        DiagonalBank m = model();
        Tensor u = Wide.up(x);
        Tensor y = Fused.shortConv(u, Ops.flip(m.kernel(x.dim(1)), 1)).run().y();
        return Tensors.of("y", Wide.down(y.add(u.mul(m.skip())), x));
    }

    @Override
    public State open(Opening o) {
        return ssm.open(o);
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        return finish(ssm.advance(in, s, call));
    }
}
