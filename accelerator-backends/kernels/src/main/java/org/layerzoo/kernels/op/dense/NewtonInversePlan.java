package org.layerzoo.kernels.op.dense;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.dense.NewtonInverse;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Wider;
import org.layerzoo.kernels.op.linear.MatMulPlan;

/**
 * Newton's iteration to the inverse: two products and one pass over the matrices a turn, 4 n^3 flops and 12 n^2 numbers a matrix; BF16 and
 * F16 in F32.
 */
public final class NewtonInversePlan implements Plan<NewtonInverse> {
    private static final MatMulPlan PRODUCT = new MatMulPlan();
    private static final Primitive.MatMul PLAIN = new Primitive.MatMul(false, false);
    private static final int THREADS = 256;

    @Override
    public Optional<String> refusal(NewtonInverse op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(NewtonInverse op, List<Tensor> in, Gpu gpu) {
        TensorSpec result = in.getFirst().spec();
        if (result.shape().size() == 0) {
            return List.of(gpu.empty(result));
        }
        return TensorScope.use(() -> {
            Tensor a = Wider.up(in, Wide.of(result.dtype()), gpu).getFirst();
            Tensor y = inverse(op, a.view(matrices(result.shape())), gpu).view(result.shape());
            return Wider.down(List.of(y), List.of(result), gpu);
        });
    }

    private static Shape matrices(Shape s) {
        return Shape.of(Math.toIntExact(s.product(0, s.rank() - 2)), s.dim(-1), s.dim(-1));
    }

    private static Tensor inverse(NewtonInverse op, Tensor a, Gpu gpu) {
        Tensor ridged = gpu.empty(a.spec());
        Tensor start = gpu.empty(a.spec());
        gpu.launch(
                Sources.of("newton_inverse", a.dtype(), "newton_start"),
                Grid.blocks(a.dim(0), THREADS),
                Lines.number(Args.of(a, ridged, start).i32(a.dim(1)), a.dtype(), op.ridge()));
        Tensor y = start;
        for (int i = 0; i < op.iterations(); i++) {
            Tensor before = y;
            y = TensorScope.use(() -> step(before, ridged, gpu));
        }
        return y;
    }

    private static Tensor step(Tensor y, Tensor a, Gpu gpu) {
        Tensor product = product(product(y, a, gpu), y, gpu);
        Tensor next = gpu.empty(y.spec());
        gpu.launch(
                Sources.of("newton_inverse", y.dtype(), "newton_step"),
                Grid.over(y.size(), THREADS),
                Args.of(y, product, next).i64(y.size()));
        return next;
    }

    private static Tensor product(Tensor a, Tensor b, Gpu gpu) {
        return PRODUCT.run(PLAIN, List.of(a, b), gpu).getFirst();
    }
}
