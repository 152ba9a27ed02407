package org.layerzoo.kernels.op.linear;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.Linear;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;

/** Convolutions on 1 to 3 axes and their adjoints, see {@link Convolution} for bytes and flops. */
public final class ConvPlan implements Plan<Linear> {
    @Override
    public Optional<String> refusal(Linear op, List<TensorSpec> in, Gpu.Limits limits) {
        return of(op, in).fits() ? Optional.empty() : Optional.of("2^31 positions of a batch or more");
    }

    private static Convolution of(Linear op, List<TensorSpec> in) {
        Shape a = in.get(0).shape();
        Shape b = in.get(1).shape();
        Shape result = op.infer(in).getFirst().shape();
        return switch (op) {
            case Primitive.Conv c -> new Convolution(c.g(), a, b, result);
            case Primitive.ConvInput c -> new Convolution(c.g(), result, b, a);
            case Primitive.ConvWeight c -> new Convolution(c.g(), a, result, b);
            default -> throw new IllegalStateException(op.name());
        };
    }

    @Override
    public List<Tensor> run(Linear op, List<Tensor> in, Gpu gpu) {
        Tensor a = in.get(0);
        Tensor b = in.get(1);
        Convolution c = of(op, List.of(a.spec(), b.spec()));
        return List.of(
                switch (op) {
                    case Primitive.Conv o -> c.forward(gpu, a, b);
                    case Primitive.ConvInput o -> c.input(gpu, a, b);
                    default -> c.weight(gpu, a, b);
                });
    }
}
