package org.layerzoo.kernels.op.dense;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.op.linear.LinearMapPlan;
import org.layerzoo.kernels.op.linear.MatMulPlan;
import org.layerzoo.kernels.op.reduction.ReducePlan;

/**
 * Gradients of a linear map with an activation: what the activation was given is multiplied out again, then dx = dz W, dW = dz^T x and
 * db = the sum of dz. Three products of the forward one's size.
 */
public final class LinearMapGradientPlan implements Plan<GradientOf> {
    private static final MatMulPlan PRODUCT = new MatMulPlan();
    private static final int THREADS = 256;

    @Override
    public Optional<String> refusal(GradientOf g, List<TensorSpec> in, Gpu.Limits limits) {
        return in.stream().anyMatch(s -> s.shape().size() == 0) ? Optional.of("empty inputs") : Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf g, List<Tensor> in, Gpu gpu) {
        return TensorScope.use(() -> {
            LinearMap op = (LinearMap) g.op();
            Tensor x = rows(in.get(0));
            Tensor dz = rows(beforeActivation(op, in.subList(0, g.inputs()), in.getLast(), gpu));
            return g.wanted().stream()
                    .map(w -> gradient(w, x, in.get(1), dz, gpu).view(in.get(w).shape()))
                    .toList();
        });
    }

    private static Tensor rows(Tensor x) {
        int width = x.dim(-1);
        return x.view(Shape.of(Math.toIntExact(x.size() / width), width));
    }

    private static Tensor beforeActivation(LinearMap op, List<Tensor> in, Tensor dy, Gpu gpu) {
        Tensor z = new LinearMapPlan()
                .run(new LinearMap(op.bias(), Activation.NONE), in, gpu)
                .getFirst();
        Tensor dz = gpu.empty(z.spec());
        gpu.launch(
                Sources.of("linear_gradient", z.dtype(), "before_activation"),
                Grid.over(z.size(), THREADS),
                Args.of(z, dy, dz).i64(z.size()).i32(op.activation().ordinal()));
        return dz;
    }

    private static Tensor gradient(int input, Tensor x, Tensor w, Tensor dz, Gpu gpu) {
        return switch (input) {
            case 0 ->
                PRODUCT.run(new Primitive.MatMul(false, false), List.of(dz, w), gpu)
                        .getFirst();
            case 1 ->
                PRODUCT.run(new Primitive.MatMul(true, false), List.of(dz, x), gpu)
                        .getFirst();
            default -> {
                Primitive.Reduce sum = new Primitive.Reduce(Primitive.ReduceKind.SUM, new int[] {0}, false);
                yield new ReducePlan().run(sum, List.of(dz), gpu).getFirst();
            }
        };
    }
}
