package org.layerzoo.kernels.op.softmax;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.softmax.SoftmaxGradient;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Walk;

/** Softmax's gradient of a line by up to 256 threads: its result and cotangent are read once from memory, once from cache. */
public final class SoftmaxGradientPlan implements Plan<SoftmaxGradient> {
    @Override
    public Optional<String> refusal(SoftmaxGradient op, List<TensorSpec> in, Gpu.Limits limits) {
        return in.getFirst().shape().size() == 0 ? Optional.of("empty inputs") : Optional.empty();
    }

    @Override
    public List<Tensor> run(SoftmaxGradient op, List<Tensor> in, Gpu gpu) {
        Tensor y = in.getFirst();
        Shape s = y.shape();
        int axis = s.axis(op.axis());
        int inner = Math.toIntExact(s.product(axis + 1, s.rank()));
        int outer = Math.toIntExact(s.product(0, axis));
        int[] walk = Walk.of(new int[] {outer, inner}, new int[] {s.dim(axis) * inner, 1})
                .orElseThrow();
        Lines l = Lines.along(s, axis, walk, gpu.limits().units());
        Tensor dx = gpu.empty(y.spec());
        gpu.launch(
                Sources.of("softmax_gradient", y.dtype(), "softmax_gradient"),
                l.grid(),
                Args.of(y, in.get(1), dx)
                        .ints(l.packed())
                        .ints(l.walk())
                        .i32(l.step())
                        .i32(op.log()));
        return List.of(dx);
    }
}
