package org.layerzoo.cpuvector.op.dense;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.op.linear.Gemm;

/** activation(x W^T + b): bias and activation on finished rows of the product while they are in cache. */
public final class LinearMapKernel implements Kernel<LinearMap> {
    @Override
    public Optional<String> refusal(LinearMap op, List<TensorSpec> in) {
        return in.getFirst().dtype() != DType.F64
                ? Optional.empty()
                : Optional.of("no product of " + in.getFirst().dtype());
    }

    @Override
    public List<Tensor> run(LinearMap op, List<Tensor> in) {
        Tensor x = in.get(0);
        Tensor w = in.get(1);
        int k = x.dim(-1);
        int n = w.dim(0);
        Tensor out = Tensor.allocate(x.spec().withShape(x.shape().with(-1, n)));
        if (out.size() == 0) {
            return List.of(out);
        }
        Gemm.Sink store = Gemm.into(out, 0, n);
        Gemm.product(
                Gemm.Matrix.of(x, 0, k, false),
                Gemm.Matrix.of(w, 0, k, true),
                Math.toIntExact(out.size() / n),
                k,
                n,
                Epilogue.of(op.bias() ? in.get(2).toFloats() : new float[0], op.activation(), store));
        return List.of(out);
    }
}
