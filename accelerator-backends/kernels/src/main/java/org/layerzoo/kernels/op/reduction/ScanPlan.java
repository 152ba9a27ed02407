package org.layerzoo.kernels.op.reduction;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/**
 * Running sums and their like, and first-order recurrences. Each element is read once and written once; where there are too few lines to
 * fill the device, lines are cut into parts and elements are read twice.
 */
public final class ScanPlan {
    private static final int BLOCK = 256;
    /** Threads that a processor needs to hide the latency of memory. */
    private static final int BUSY = 1024;
    /** Elements of a part that pay for reading them twice: a tile of a block, and a few steps of a thread. */
    private static final int LEAST_ROW = 1024;

    private static final int LEAST_COLUMN = 32;
    private static final int MOST_PARTS = 1024;

    private ScanPlan() {}

    /** Of one operand. */
    public static final class Running implements Plan<Primitive.Scan> {
        @Override
        public Optional<String> refusal(Primitive.Scan op, List<TensorSpec> in, Gpu.Limits limits) {
            return Optional.empty();
        }

        @Override
        public List<Tensor> run(Primitive.Scan op, List<Tensor> in, Gpu gpu) {
            Tensor x = in.getFirst();
            return List.of(scan(gpu, op.name(), x, x, x, op.axis(), op.reverse(), op.exclusive()));
        }
    }

    /** h_t = a_t h_{t-1} + b_t. */
    public static final class FirstOrder implements Plan<Primitive.FirstOrder> {
        @Override
        public Optional<String> refusal(Primitive.FirstOrder op, List<TensorSpec> in, Gpu.Limits limits) {
            return Optional.empty();
        }

        @Override
        public List<Tensor> run(Primitive.FirstOrder op, List<Tensor> in, Gpu gpu) {
            return List.of(scan(gpu, op.name(), in.get(0), in.get(1), in.get(2), op.axis(), op.reverse(), false));
        }
    }

    private static Tensor scan(
            Gpu gpu, String name, Tensor x, Tensor x2, Tensor h0, int axis, boolean reverse, boolean exclusive) {
        Tensor y = gpu.empty(x.spec());
        if (y.size() == 0) {
            return y;
        }
        Work w = Work.of(x.shape(), axis, gpu.limits().units());
        GpuKernel kernel = Sources.numeric("scan", x.dtype(), name + (w.inner == 1 ? "_rows" : "_columns"));
        Tensor states = gpu.empty(TensorSpec.of(ReducePlan.state(x.dtype()), w.lines, w.parts, 2));
        if (w.parts > 1) {
            gpu.launch(kernel, w.grid(), Args.of(x, x2, h0, states, y).ints(w.packed(reverse, exclusive, true)));
            gpu.launch(
                    kernel.function(name + "_carry"),
                    Grid.over(w.lines, BLOCK),
                    Args.of(h0, states).ints(w.packed(reverse, exclusive, false)));
        }
        gpu.launch(kernel, w.grid(), Args.of(x, x2, h0, states, y).ints(w.packed(reverse, exclusive, false)));
        return y;
    }

    /** The structure {@code Scan} of the kernels. */
    private record Work(int lines, int n, int inner, int parts, int length) {
        static Work of(Shape s, int axis, int units) {
            int n = s.dim(axis);
            int inner = (int) s.product(axis + 1, s.rank());
            int lines = (int) s.product(0, axis) * inner;
            long threads = inner == 1 ? (long) lines * BLOCK : lines;
            int least = inner == 1 ? LEAST_ROW : LEAST_COLUMN;
            long parts = Math.clamp((long) units * BUSY / threads, 1, Math.clamp(n / least, 1, MOST_PARTS));
            int length = (int) ((n + parts - 1) / parts);
            return new Work(lines, n, inner, (n + length - 1) / length, length);
        }

        Grid grid() {
            return inner == 1 ? Grid.blocks((long) lines * parts, BLOCK) : Grid.over((long) lines * parts, BLOCK);
        }

        int[] packed(boolean reverse, boolean exclusive, boolean totals) {
            return new int[] {lines, n, inner, parts, length, reverse ? 1 : 0, exclusive ? 1 : 0, totals ? 1 : 0};
        }
    }
}
