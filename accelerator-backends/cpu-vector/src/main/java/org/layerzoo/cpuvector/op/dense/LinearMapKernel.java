package org.layerzoo.cpuvector.op.dense;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.op.linear.Gemm;

/** activation(x W^T + b): bias, activation and what {@link ResidualSum} adds go on finished rows of the product while they are in cache. */
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
        Tensor out =
                Tensor.allocate(x.spec().withShape(x.shape().with(-1, in.get(1).dim(0))));
        run(op, in, out.spec(), out.segment(), Optional.empty());
        return List.of(out);
    }

    /** @param residual of as many numbers as the result, which it is added to */
    static void run(LinearMap op, List<Tensor> in, TensorSpec spec, MemorySegment out, Optional<Tensor> residual) {
        if (spec.shape().size() == 0) {
            return;
        }
        int n = spec.shape().dim(-1);
        int k = in.getFirst().dim(-1);
        Gemm.Sink store = Gemm.into(out, spec.dtype(), 0, n);
        Gemm.Sink sum = residual.<Gemm.Sink>map(r -> new Residual(r.segment(), spec.dtype(), n, store))
                .orElse(store);
        try (Loan loan = Loan.open()) {
            float[] bias = op.bias() ? loan.floats(n) : new float[0];
            if (op.bias()) {
                Gemm.load(in.get(2).segment(), in.get(2).dtype(), 0, bias, n);
            }
            Gemm.product(
                    Gemm.Matrix.of(in.get(0), 0, k, false),
                    Gemm.Matrix.of(in.get(1), 0, k, true),
                    Math.toIntExact(spec.shape().size() / n),
                    k,
                    n,
                    Epilogue.of(bias, op.activation(), sum));
        }
    }
}
