package org.layerzoo.cpuvector.op.linear;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Kernel;

/** Convolution of F32 and its adjoints, to inputs (also known as transposed convolution) and to weights. */
public final class ConvKernel implements Kernel<Primitive.Linear> {
    @Override
    public Optional<String> refusal(Primitive.Linear op, List<TensorSpec> in) {
        if (in.getFirst().dtype() != DType.F32) {
            return Optional.of("no loop for " + in.getFirst().dtype());
        }
        long largest = Math.max(
                op.infer(in).getFirst().shape().size(),
                Math.max(in.get(0).shape().size(), in.get(1).shape().size()));
        return largest > Integer.MAX_VALUE / 2 ? Optional.of("more elements than an array holds") : Optional.empty();
    }

    @Override
    public List<Tensor> run(Primitive.Linear op, List<Tensor> in) {
        Tensor out = Tensor.allocate(
                op.infer(List.of(in.get(0).spec(), in.get(1).spec())).getFirst());
        Shape first = in.get(0).shape();
        Shape second = in.get(1).shape();
        if (out.size() == 0 || first.size() == 0 || second.size() == 0) {
            out.segment().fill((byte) 0);
            return List.of(out);
        }
        switch (op) {
            case Primitive.Conv c ->
                ConvForward.run(ConvPlan.of(c.g(), first, second, out.shape()), in.get(0), in.get(1), out);
            case Primitive.ConvInput c ->
                ConvInputs.run(ConvPlan.of(c.g(), out.shape(), second, first), in.get(0), in.get(1), out);
            case Primitive.ConvWeight c -> weight(ConvPlan.of(c.g(), first, out.shape(), second), in, out);
            default -> throw new IllegalArgumentException("no convolution: " + op.name());
        }
        return List.of(out);
    }

    private static void weight(ConvPlan p, List<Tensor> in, Tensor out) {
        if (p.depthwise()) {
            DepthwiseWeights.run(p, in.get(0).segment(), in.get(1).segment(), out.segment());
        } else {
            ConvWeights.run(p, in.get(0).segment(), in.get(1).segment(), out.segment());
        }
    }
}
