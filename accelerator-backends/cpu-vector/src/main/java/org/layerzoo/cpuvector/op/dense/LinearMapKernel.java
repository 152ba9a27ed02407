package org.layerzoo.cpuvector.op.dense;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.op.elementwise.UnaryLoops;
import org.layerzoo.cpuvector.op.linear.Gemm;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** activation(x W^T + b): bias and activation on finished rows of the product while they are in cache. */
public final class LinearMapKernel implements Kernel<LinearMap> {
    @Override
    public Optional<String> refusal(LinearMap op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32
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
        float[] bias = op.bias() ? in.get(2).toFloats() : new float[0];
        Optional<UnaryLoops.Loop> loop = Activations.of(op.activation());
        Gemm.Sink store = Gemm.into(out.segment(), 0, n);
        Gemm.Sink sink = (row, column, c, from, count) -> {
            if (op.bias()) {
                RowLoops.axpy(1f, bias, column, c, from, count);
            }
            loop.ifPresent(l -> activate(l, c, from, count));
            store.row(row, column, c, from, count);
        };
        Gemm.product(
                new Gemm.Matrix(x.segment(), 0, k, false),
                new Gemm.Matrix(w.segment(), 0, k, true),
                Math.toIntExact(x.size() / k),
                k,
                n,
                sink);
        return List.of(out);
    }

    private static void activate(UnaryLoops.Loop loop, float[] c, int from, int count) {
        float[] row = Arrays.copyOfRange(c, from, from + Width.roundUp(count));
        loop.apply(row, count);
        System.arraycopy(row, 0, c, from, count);
    }
}
