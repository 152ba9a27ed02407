package org.layerzoo.kernels.op.linear;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;

/** activation(x W^T + b) as one {@link Gemm}: bias and activation are applied to the sums in registers. */
public final class LinearMapPlan implements Plan<LinearMap> {
    @Override
    public Optional<String> refusal(LinearMap op, List<TensorSpec> in, Gpu.Limits limits) {
        return op.infer(in).getFirst().shape().size() > Integer.MAX_VALUE
                ? Optional.of("more than " + Integer.MAX_VALUE + " results")
                : Optional.empty();
    }

    @Override
    public Optional<String> unit(LinearMap op, List<TensorSpec> in, int capability) {
        return gemm(op, in).unit(in.getFirst().dtype(), capability);
    }

    @Override
    public List<Tensor> run(LinearMap op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.get(0);
        Tensor w = in.get(1);
        Tensor y = gpu.empty(x.spec().withShape(x.shape().with(-1, w.dim(0))));
        gemm(op, List.of(x.spec(), w.spec())).run(gpu, x, w, y, op.bias(), op.bias() ? in.get(2) : x);
        return List.of(y);
    }

    private static Gemm gemm(LinearMap op, List<TensorSpec> in) {
        Shape x = in.get(0).shape();
        int d = x.dim(-1);
        int rows = Math.toIntExact(x.product(0, x.rank() - 1));
        int[] one = new int[1 + 4 * 8];
        one[0] = 1;
        one[1] = 1;
        return new Gemm(rows, in.get(1).shape().dim(0), d, d, 1, 1, d, 1, one, op.activation());
    }
}
