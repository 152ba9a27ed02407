package org.layerzoo.nn.ssm;

import org.layerzoo.core.layer.Init;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Initial values that state space models share. */
public final class SsmInit {
    private SsmInit() {}

    /** 0, pi, 2 pi, ... along the last axis: the imaginary parts of S4D-Lin, whose real parts are -1/2. */
    public static Init linear() {
        return (path, shape, dtype, draws) -> Ops.iota(DType.F64, shape.dim(-1))
                .mul(Math.PI)
                .expand(shape.dims())
                .cast(dtype);
    }

    /** (N/pi) (N / (2n + 1) - 1) for N = 2 n' along the last axis of n' numbers: the imaginary parts of S4D-Inv. */
    public static Init inverse() {
        return (path, shape, dtype, draws) -> {
            double n = 2.0 * shape.dim(-1);
            Tensor odd = Ops.iota(DType.F64, shape.dim(-1)).mul(2).add(1);
            return Ops.reciprocal(odd)
                    .mul(n)
                    .sub(1)
                    .mul(n / Math.PI)
                    .expand(shape.dims())
                    .cast(dtype);
        };
    }

    /** The positive imaginary parts of the normal part of HiPPO-LegS of 2 n' states along the last axis of n' numbers: S4D-LegS. */
    public static Init legendre() {
        return (path, shape, dtype, draws) -> Tensor.of(Legendre.frequencies(2 * shape.dim(-1)), shape.dim(-1))
                .expand(shape.dims())
                .cast(dtype);
    }

    /** log of a step size that is uniform in its logarithm. */
    public static Init logStep(double lo, double hi) {
        return Init.uniform(Math.log(lo), Math.log(hi));
    }

    /** log of a number uniform in lo..hi. */
    public static Init logUniform(double lo, double hi) {
        return (path, shape, dtype, draws) -> Ops.log(draws.uniform(path, DType.F64, shape.dims())
                        .mul(hi - lo)
                        .add(lo))
                .cast(dtype);
    }

    /** x with softplus(x) a step size that is uniform in its logarithm. */
    public static Init softplusStep(double lo, double hi) {
        return (path, shape, dtype, draws) -> {
            Tensor u = draws.uniform(path, DType.F64, shape.dims());
            Tensor dt = Ops.exp(u.mul(Math.log(hi) - Math.log(lo)).add(Math.log(lo)));
            return dt.add(Ops.log(Ops.expm1(dt.neg()).neg())).cast(dtype);
        };
    }

    /** nu with |abar| = exp(-exp(nu)) uniform by area on the ring lo..hi (Orvieto et al. 2023, lemma 3.2). */
    public static Init ring(double lo, double hi) {
        return (path, shape, dtype, draws) -> {
            Tensor square = draws.uniform(path, DType.F64, shape.dims())
                    .mul(hi * hi - lo * lo)
                    .add(lo * lo);
            return Ops.log(Ops.log(square).mul(-0.5)).cast(dtype);
        };
    }

    /** log of a phase uniform in (0, 2 pi]. */
    public static Init logPhase() {
        return (path, shape, dtype, draws) -> Ops.log(draws.uniform(path, DType.F64, shape.dims())
                        .mul(-1)
                        .add(1)
                        .mul(2 * Math.PI))
                .cast(dtype);
    }

    /** Complex normal numbers of variance 1 / fan-in in all, pairs on the last axis; the fan-in is axis 1. */
    public static Init complexNormal() {
        return (path, shape, dtype, draws) ->
                Init.normal(1 / Math.sqrt(2.0 * shape.dim(1))).values(path, shape, dtype, draws);
    }
}
