package org.layerzoo.kernels.op.norm;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.norm.BatchNorm;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Walk;

/** Batch norm in training: the moments of parts of each channel, their join, and y; x comes twice from memory, y is written once. */
public final class BatchNormPlan implements Plan<BatchNorm> {
    @Override
    public Optional<String> refusal(BatchNorm op, List<TensorSpec> in, Gpu.Limits limits) {
        return maskRefusal(op, in);
    }

    static Optional<String> maskRefusal(BatchNorm op, List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        boolean walks = !op.masked()
                || Walk.broadcast(
                                x.shape().without(1),
                                in.get(op.affine() ? 3 : 1).shape())
                        .isPresent();
        return walks ? Optional.empty() : Optional.of("more than 8 axes along which the mask broadcasts");
    }

    @Override
    public List<Tensor> run(BatchNorm op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        Tensor mask = op.masked() ? in.getLast() : x;
        Channels c = Channels.of(x, mask, op.masked(), op.affine(), gpu);
        List<TensorSpec> results = op.infer(in.stream().map(Tensor::spec).toList());
        List<Tensor> out = results.stream().map(gpu::empty).toList();
        GpuKernel moments = Sources.of("batch_norm", x.dtype(), "batch_moments");
        Tensor work = gpu.empty(TensorSpec.of(results.get(1).dtype(), c.parts(), Math.max(1, c.channels()), 3));
        gpu.launch(moments, c.sums(), Args.of(x, mask, work).ints(c.packed()).ints(c.walk()));
        gpu.launch(
                moments.function("batch_moments_join"),
                Grid.over(c.channels(), 256),
                Args.of(work, out.get(1), out.get(2), out.get(3)).ints(c.packed()));
        Tensor weight = op.affine() ? in.get(1) : x;
        Tensor bias = op.affine() ? in.get(2) : x;
        apply(gpu, moments, c, op.eps(), List.of(x, mask, out.get(1), out.get(2), weight, bias), out.getFirst());
        return out;
    }

    /** @param of x, mask, mean, variance, weight, bias */
    static void apply(Gpu gpu, GpuKernel kernel, Channels c, double eps, List<Tensor> of, Tensor y) {
        Args args = Args.of(of.toArray(Tensor[]::new))
                .tensor(y)
                .i64(y.size())
                .ints(c.packed())
                .ints(c.walk());
        gpu.launch(kernel.function("batch_norm"), Grid.over(y.size(), 256), Lines.number(args, y.dtype(), eps));
    }
}
