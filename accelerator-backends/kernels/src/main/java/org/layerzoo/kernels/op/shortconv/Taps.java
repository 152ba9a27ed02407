package org.layerzoo.kernels.op.shortconv;

import java.util.List;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.shortconv.ShortConv;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Sources;

/** The inputs of a short convolution by name; one that the op does not have is x, which is then not read in its place. */
record Taps(ShortConv op, List<Tensor> in, Gpu gpu) {
    private static final int THREADS = 128;

    Tensor x() {
        return in.get(0);
    }

    Tensor w() {
        return in.get(1);
    }

    Tensor b() {
        return op.bias() ? in.get(2) : x();
    }

    /** Where the state stands among the inputs. */
    int stateIndex() {
        return op.bias() ? 3 : 2;
    }

    Tensor state() {
        return op.initial() ? in.get(stateIndex()) : x();
    }

    Tensor bounds() {
        return op.longest() > 0 ? in.getLast() : x();
    }

    private int samples() {
        return op.longest() > 0 ? bounds().dim(0) - 1 : x().dim(0);
    }

    TensorSpec stateSpec() {
        return TensorSpec.of(x().dtype(), samples(), w().dim(1) - 1, x().dim(2));
    }

    GpuKernel kernel(String function) {
        return Sources.of("short_conv", x().dtype(), function);
    }

    /** A thread for each element of {@code result}; none where it is empty. */
    void launch(String function, Tensor result, Args args, int... more) {
        if (result.size() > 0) {
            gpu.launch(
                    kernel(function),
                    Grid.over(result.size(), THREADS),
                    args.i64(result.size()).i32(more).ints(structure()));
        }
    }

    /** The structure {@code ShortConv} of the source. */
    int[] structure() {
        return new int[] {
            samples(),
            x().dim(1),
            x().dim(2),
            w().dim(1),
            op.longest() > 0 ? 1 : 0,
            op.initial() ? 1 : 0,
            op.bias() ? 1 : 0,
            op.activation().ordinal()
        };
    }
}
