package org.layerzoo.kernels.op.norm;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.norm.BatchNorm;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/**
 * Gradients of batch norm from the cotangents of y and of its statistics (the count has none): sums a channel, then dx; x and dy come twice
 * from memory, dx is written once.
 */
public final class BatchNormGradientPlan implements Plan<GradientOf> {
    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in, Gpu.Limits limits) {
        return BatchNormPlan.maskRefusal((BatchNorm) op.op(), in.subList(0, op.inputs()));
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in, Gpu gpu) {
        BatchNorm norm = (BatchNorm) op.op();
        Tensor x = in.getFirst();
        Tensor mask = norm.masked() ? in.get(op.inputs() - 1) : x;
        Tensor mean = in.get(op.inputs() + 1);
        Tensor var = in.get(op.inputs() + 2);
        Channels c = Channels.of(x, mask, norm.masked(), norm.affine(), gpu);
        GpuKernel sums = Sources.of("batch_norm", x.dtype(), "batch_gradient_sums");
        Tensor work = gpu.empty(TensorSpec.of(mean.dtype(), c.parts(), Math.max(1, c.channels()), 2));
        TensorSpec channel = TensorSpec.of(x.dtype(), c.channels());
        Tensor dw = gpu.empty(channel);
        Tensor db = gpu.empty(channel);
        Tensor dy = cotangent(op, in, 0, x);
        // Without a cotangent of y the sums are of x: they are not used, and weight and bias have no gradient.
        gpu.launch(
                sums,
                c.sums(),
                Args.of(x, mask, dy, mean, work).ints(c.packed()).ints(c.walk()));
        Args join = Args.of(work, var, dw, db).ints(c.packed());
        gpu.launch(
                sums.function("batch_gradient_join"),
                Grid.over(c.channels(), 256),
                Lines.number(join, x.dtype(), norm.eps()));
        Tensor dx = gpu.empty(x.spec());
        Args args = Args.of(x, mask, dy, mean, var, in.get(op.inputs() + 3), norm.affine() ? in.get(1) : x, work)
                .tensor(cotangent(op, in, 1, mean))
                .tensor(cotangent(op, in, 2, var))
                .tensor(dx)
                .i64(x.size())
                .ints(c.packed())
                .ints(c.walk());
        Lines.number(args, x.dtype(), norm.eps())
                .i32(op.given().contains(1))
                .i32(op.given().contains(2))
                .i32(op.given().contains(0));
        gpu.launch(sums.function("batch_norm_gradient"), Grid.over(x.size(), 256), args);
        List<Tensor> grads = List.of(dx, dw, db);
        return op.wanted().stream().map(grads::get).toList();
    }

    private static Tensor cotangent(GradientOf op, List<Tensor> in, int output, Tensor otherwise) {
        int at = op.given().indexOf(output);
        return at < 0 ? otherwise : in.get(op.inputs() + op.outputs() + at);
    }
}
