package org.layerzoo.kernels.op.norm;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.norm.ResponseNorm;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** Gradients of global response norm: three sums a channel in parts, what follows from them, then dx; x and dy come twice from memory. */
public final class ResponseNormGradientPlan implements Plan<GradientOf> {
    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in, Gpu.Limits limits) {
        TensorSpec x = in.getFirst();
        if (x.shape().size() == 0) {
            return Optional.of("empty inputs");
        }
        return x.shape().dim(0) > Grid.MOST_YZ
                ? Optional.of("more than " + Grid.MOST_YZ + " samples in " + x)
                : Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in, Gpu gpu) {
        ResponseNorm norm = (ResponseNorm) op.op();
        Tensor x = in.getFirst();
        Tensor gamma = in.get(1);
        Tensor dy = in.getLast();
        int batch = x.dim(0);
        int channels = x.dim(-1);
        int positions = Math.toIntExact(x.shape().product(1, x.rank() - 1));
        int run = ResponseNormPlan.run(positions);
        int parts = (positions + run - 1) / run;
        DType wide = Wide.of(x.dtype());
        Tensor work = gpu.empty(TensorSpec.of(wide, batch, parts, channels, 3));
        Tensor facts = gpu.empty(TensorSpec.of(wide, batch, channels, 4));
        GpuKernel sums = Sources.of("response_norm_gradient", x.dtype(), "response_sums");
        gpu.launch(
                sums,
                Grid.blocks((channels + 63) / 64, parts, batch, 256),
                Args.of(x, dy, work).i32(positions, channels, run));
        gpu.launch(
                sums.function("response_facts"),
                Grid.blocks(batch, 256),
                Lines.number(Args.of(work, gamma, facts).i32(channels, parts), x.dtype(), norm.eps()));
        List<Tensor> grads = List.of(gpu.empty(x.spec()), gpu.empty(gamma.spec()), gpu.empty(gamma.spec()));
        gpu.launch(
                sums.function("response_norm_gradient"),
                Grid.over(x.size(), 256),
                Args.of(x, dy, facts, gamma, grads.getFirst())
                        .i64(x.size())
                        .i64(x.size() / batch)
                        .i32(channels));
        gpu.launch(
                sums.function("response_weights"),
                Grid.over(channels, 256),
                Args.of(facts, grads.get(1), grads.get(2)).i32(batch, channels));
        return op.wanted().stream().map(grads::get).toList();
    }
}
