package org.layerzoo.plugins.hgrn;

import java.util.Optional;
import java.util.function.BiFunction;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Complex;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.plugins.hgrn.HgrnConfig.Output;

/** Complex channels with one phase each, under the names of hgru/hgru1d.py; channel c of the candidate is its outputs 2 c and 2 c + 1. */
final class ComplexState implements GatedState {
    private final int dim;
    private final Output output;
    private final Param theta;
    private final Linear candidate;
    private final Linear forget;
    private final Linear gate;
    private final Linear out;
    private final Norm norm;

    ComplexState(int dim, Output output, Params p) {
        this.dim = dim;
        this.output = output;
        theta = p.weight("theta", Shape.of(1, 1, dim), ComplexState::angles);
        candidate = Linear.of(p, "input_proj", dim, 2 * dim, true);
        forget = Linear.of(p, "lambda_proj", dim, dim, true);
        gate = Linear.of(p, "gate", dim, 2 * dim, true);
        out = Linear.of(p, "out_proj", 2 * dim, dim, true);
        norm = Norm.Layer.of(p, "norm", 2 * dim, 1e-5);
    }

    /** 10000^(-2 j / D). */
    private static Tensor angles(String path, Shape shape, DType dtype, org.layerzoo.core.layer.Draws draws) {
        int d = shape.dim(2);
        Tensor j = Ops.iota(DType.F64, d);
        return Ops.exp(j.mul(-2.0 / d * Math.log(10000))).reshape(1, 1, d).cast(dtype);
    }

    @Override
    public Drive drive(Tensor x, Optional<Tensor> bound, BiFunction<DepthwiseConv, Tensor, Tensor> conv) {
        Tensor[] f = GatedState.forget(forget.apply(x), bound);
        Tensor turn = theta.value();
        Tensor a = Complex.of(f[0].mul(Ops.cos(turn)), f[0].mul(Ops.sin(turn)));
        Tensor c = Ops.silu(candidate.apply(x)).reshape(x.dim(0), x.dim(1), dim, 2);
        return new Drive(a, c.mul(f[1].unsqueeze(3)));
    }

    @Override
    public Tensor out(Tensor h, Tensor x) {
        Tensor parts = Ops.concat(-1, Complex.re(h), Complex.im(h));
        Tensor g = gate.apply(x);
        return out.apply(
                switch (output) {
                    case GATE_FIRST -> norm.apply(Ops.sigmoid(g).mul(parts));
                    case NORM_FIRST -> norm.apply(parts).mul(Ops.silu(g));
                });
    }
}
