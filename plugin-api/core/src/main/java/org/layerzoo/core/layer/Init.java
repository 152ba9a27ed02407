package org.layerzoo.core.layer;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Initial values of a parameter. Fan-in is the product of all axes but the first of an [out, in, ...] weight. */
@FunctionalInterface
public interface Init {
    /** Values for the parameter at {@code path}; draws are named by the path. */
    Tensor values(String path, Shape shape, DType dtype, Draws draws);

    static Init zeros() {
        return constant(0);
    }

    static Init ones() {
        return constant(1);
    }

    static Init constant(double v) {
        return (path, shape, dtype, draws) -> Tensor.full(dtype, v, shape.dims());
    }

    static Init normal(double std) {
        return (path, shape, dtype, draws) ->
                draws.normal(path, DType.F32, shape.dims()).mul(std).cast(dtype);
    }

    static Init uniform(double lo, double hi) {
        return (path, shape, dtype, draws) -> draws.uniform(path, DType.F32, shape.dims())
                .mul(hi - lo)
                .add(lo)
                .cast(dtype);
    }

    /** U(-1/sqrt(fan-in), 1/sqrt(fan-in)): what the field's usual linear and convolution layers start from. */
    static Init linear() {
        return (path, shape, dtype, draws) ->
                symmetric(1 / Math.sqrt(fanIn(shape))).values(path, shape, dtype, draws);
    }

    /** U(-1/sqrt(fanIn), 1/sqrt(fanIn)) for the bias of a linear layer with that fan-in. */
    static Init bias(int fanIn) {
        return symmetric(1 / Math.sqrt(fanIn));
    }

    /** U(+-gain sqrt(6 / (fan-in + fan-out))). */
    static Init xavierUniform(double gain) {
        return (path, shape, dtype, draws) -> symmetric(gain * Math.sqrt(6.0 / (fanIn(shape) + fanOut(shape))))
                .values(path, shape, dtype, draws);
    }

    static Init xavierNormal(double gain) {
        return (path, shape, dtype, draws) ->
                normal(gain * Math.sqrt(2.0 / (fanIn(shape) + fanOut(shape)))).values(path, shape, dtype, draws);
    }

    /** N(0, gain^2 / fan-in). */
    static Init kaimingNormal(double gain) {
        return (path, shape, dtype, draws) ->
                normal(gain / Math.sqrt(fanIn(shape))).values(path, shape, dtype, draws);
    }

    /** Normal of the given deviation cut at two deviations (clamped quantile form). */
    static Init truncatedNormal(double std) {
        return (path, shape, dtype, draws) -> {
            double[] u = draws.uniform(path, DType.F64, shape.dims()).toDoubles();
            for (int i = 0; i < u.length; i++) {
                u[i] = std * NormalQuantile.of(0.022750131948179 + u[i] * (1 - 2 * 0.022750131948179));
            }
            return Tensor.of(dtype, u, shape.dims());
        };
    }

    /** log(1), log(2), ... log(n) along the last axis: the real S4D initialisation. */
    static Init logArange() {
        return (path, shape, dtype, draws) -> Ops.log(
                        Ops.iota(DType.F64, shape.dim(-1)).add(1))
                .expand(shape.dims())
                .cast(dtype);
    }

    private static Init symmetric(double bound) {
        return uniform(-bound, bound);
    }

    private static long fanIn(Shape s) {
        return s.rank() < 2 ? s.size() : s.product(1, s.rank());
    }

    private static long fanOut(Shape s) {
        return s.rank() < 2 ? s.size() : s.dim(0) * s.product(2, s.rank());
    }
}
