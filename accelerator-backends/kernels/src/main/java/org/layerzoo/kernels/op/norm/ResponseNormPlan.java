package org.layerzoo.kernels.op.norm;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.norm.ResponseNorm;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** Global response norm: sums of squares a channel in parts, the gain of each channel, then y; x comes twice from memory. */
public final class ResponseNormPlan implements Plan<ResponseNorm> {
    private static final int LEAST_RUN = 64;
    private static final int MOST_PARTS = 64;

    @Override
    public Optional<String> refusal(ResponseNorm op, List<TensorSpec> in, Gpu.Limits limits) {
        TensorSpec x = in.getFirst();
        return x.shape().dim(0) > Grid.MOST_YZ
                ? Optional.of("more than " + Grid.MOST_YZ + " samples in " + x)
                : Optional.empty();
    }

    @Override
    public List<Tensor> run(ResponseNorm op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        Tensor y = gpu.empty(x.spec());
        if (x.size() == 0) {
            return List.of(y);
        }
        int batch = x.dim(0);
        int channels = x.dim(-1);
        int positions = Math.toIntExact(x.shape().product(1, x.rank() - 1));
        int run = run(positions);
        int parts = (positions + run - 1) / run;
        DType wide = Wide.of(x.dtype());
        Tensor work = gpu.empty(TensorSpec.of(wide, batch, parts, channels));
        Tensor gain = gpu.empty(TensorSpec.of(wide, batch, channels));
        GpuKernel squares = Sources.of("response_norm", x.dtype(), "response_squares");
        gpu.launch(
                squares,
                Grid.blocks((channels + 63) / 64, parts, batch, 256),
                Args.of(x, work).i32(positions, channels, run));
        gpu.launch(
                squares.function("response_gain"),
                Grid.blocks(batch, 256),
                Lines.number(Args.of(work, gain).i32(channels, parts), x.dtype(), op.eps()));
        gpu.launch(
                squares.function("response_norm"),
                Grid.over(x.size(), 256),
                Args.of(x, gain, in.get(1), in.get(2), y)
                        .i64(x.size())
                        .i64(x.size() / batch)
                        .i32(channels));
        return List.of(y);
    }

    /** Positions that one block adds up. */
    static int run(int positions) {
        return Math.max(LEAST_RUN, (positions + MOST_PARTS - 1) / MOST_PARTS);
    }
}
