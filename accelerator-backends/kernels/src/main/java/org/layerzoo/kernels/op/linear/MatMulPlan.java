package org.layerzoo.kernels.op.linear;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Walk;

/** Matrix products by {@link Gemm}; axes of the batch that broadcast are read again, not copied. */
public final class MatMulPlan implements Plan<Primitive.MatMul> {
    @Override
    public Optional<String> refusal(Primitive.MatMul op, List<TensorSpec> in, Gpu.Limits limits) {
        if (op.infer(in).getFirst().shape().size() > Integer.MAX_VALUE) {
            return Optional.of("more than " + Integer.MAX_VALUE + " results");
        }
        return walk(op, in).isPresent() ? Optional.empty() : Optional.of("a batch of more than 8 axes that broadcast");
    }

    @Override
    public Optional<String> unit(Primitive.MatMul op, List<TensorSpec> in, int capability) {
        return gemm(op, in).unit(in.getFirst().dtype(), capability);
    }

    @Override
    public List<Tensor> run(Primitive.MatMul op, List<Tensor> in, Gpu gpu) {
        Tensor a = in.get(0);
        Tensor b = in.get(1);
        List<TensorSpec> specs = List.of(a.spec(), b.spec());
        Tensor c = gpu.empty(op.infer(specs).getFirst());
        gemm(op, specs).run(gpu, a, b, c, false, a);
        return List.of(c);
    }

    private static Gemm gemm(Primitive.MatMul op, List<TensorSpec> in) {
        Shape c = op.infer(in).getFirst().shape();
        int m = c.dim(-2);
        int n = c.dim(-1);
        int k = in.getFirst().shape().dim(op.transposeA() ? -2 : -1);
        return new Gemm(
                m,
                n,
                k,
                op.transposeA() ? 1 : k,
                op.transposeA() ? m : 1,
                op.transposeB() ? 1 : n,
                op.transposeB() ? k : 1,
                Math.toIntExact(c.product(0, c.rank() - 2)),
                walk(op, in).orElseThrow(),
                Activation.NONE);
    }

    private static Optional<int[]> walk(Primitive.MatMul op, List<TensorSpec> in) {
        Shape a = in.get(0).shape();
        Shape b = in.get(1).shape();
        Shape c = op.infer(in).getFirst().shape();
        return Walk.broadcast(
                c.sub(0, c.rank() - 2),
                new Shape[] {a.sub(0, a.rank() - 2), b.sub(0, b.rank() - 2)},
                matrix(a),
                matrix(b));
    }

    private static int matrix(Shape s) {
        return Math.toIntExact(s.product(s.rank() - 2, s.rank()));
    }
}
