package org.layerzoo.kernels.op.reduction;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ReduceKind;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Walk;

/**
 * Reductions over any axes: each element is read once, in one launch, or in two where a few results have many elements. Which thread
 * takes what is fixed by the shape and the device, not by timing.
 */
public final class ReducePlan implements Plan<Primitive.Reduce> {
    @Override
    public Optional<String> refusal(Primitive.Reduce op, List<TensorSpec> in, Gpu.Limits limits) {
        Shape s = in.getFirst().shape();
        return s.rank() <= Walk.AXES ? Optional.empty() : Optional.of("more than " + Walk.AXES + " axes");
    }

    @Override
    public List<Tensor> run(Primitive.Reduce op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        Tensor y = gpu.empty(op.infer(List.of(x.spec())).getFirst());
        if (y.size() == 0) {
            return List.of(y);
        }
        Split split = Split.of(x.shape(), op.axes());
        Work work = Work.of(split, (int) y.size(), gpu.limits().units());
        String name = op.kind().name().toLowerCase();
        if (work.parts() == 1) {
            launch(gpu, name + "_once", x, y, work, split.outside(), split.inside());
        } else {
            int width = op.kind() == ReduceKind.LOGSUMEXP ? 2 : 1;
            Tensor states = gpu.empty(TensorSpec.of(state(x.dtype()), (int) y.size(), work.parts(), width));
            launch(gpu, name + "_parts", x, states, work, split.outside(), split.inside());
            Work rest = Work.rows((int) y.size(), work.parts());
            Walk lines = Walk.joined(new int[] {(int) y.size()}, new int[] {work.parts()});
            Walk line = Walk.joined(new int[] {work.parts()}, new int[] {1});
            launch(gpu, name + "_whole", states, y, rest.counting(split.n()), lines, line);
        }
        return List.of(y);
    }

    /** The type of what is not rounded yet. */
    static DType state(DType t) {
        return t.isFloating() ? Wide.of(t) : t;
    }

    private static void launch(Gpu gpu, String function, Tensor x, Tensor y, Work work, Walk outside, Walk inside) {
        // The kernels of a second launch read states, and are those of the result's type.
        DType t = function.endsWith("_whole") ? y.dtype() : x.dtype();
        String source = function.startsWith("logsumexp") ? "logsumexp" : "reduce";
        gpu.launch(
                Sources.numeric(source, t, function),
                work.grid(),
                Args.of(x, y)
                        .i64(work.count())
                        .ints(work.packed())
                        .ints(outside.packed().orElseThrow())
                        .ints(inside.packed().orElseThrow()));
    }

    /** The axes that stay and those that go. */
    record Split(Walk outside, Walk inside, int n, boolean rows) {
        static Split of(Shape s, int... axes) {
            boolean[] gone = new boolean[s.rank()];
            Arrays.stream(axes).forEach(a -> gone[a] = true);
            return new Split(walk(s, gone, false), walk(s, gone, true), product(s, gone), fastest(s, gone));
        }

        private static Walk walk(Shape s, boolean[] gone, boolean which) {
            int[] chosen = java.util.stream.IntStream.range(0, gone.length)
                    .filter(a -> gone[a] == which)
                    .toArray();
            long[] strides = s.strides();
            return Walk.joined(
                    Arrays.stream(chosen).map(s::dim).toArray(),
                    Arrays.stream(chosen).map(a -> (int) strides[a]).toArray());
        }

        private static int product(Shape s, boolean[] gone) {
            int n = 1;
            for (int a = 0; a < gone.length; a++) {
                n *= gone[a] ? s.dim(a) : 1;
            }
            return n;
        }

        /** Whether neighbours in memory belong to one result. */
        private static boolean fastest(Shape s, boolean[] gone) {
            int a = gone.length - 1;
            while (a >= 0 && s.dim(a) == 1) {
                a--;
            }
            return a < 0 || gone[a];
        }
    }

    /** The structure {@code Reduction} of the kernels. */
    record Work(int results, int n, int lanes, boolean rows, int parts, int count) {
        private static final int BLOCK = 256;
        /** Threads that a processor needs to hide the latency of memory. */
        private static final int BUSY = 1024;
        /** Neighbouring columns that make full use of what memory delivers at once. */
        private static final int COLUMNS = 32;
        /** Elements that are worth a thread of their own in a part. */
        private static final int WORTH = 16;

        static Work of(Split s, int results, int units) {
            Work w = s.rows() ? rows(results, s.n()) : columns(results, s.n(), units);
            long threads = (long) results * w.lanes;
            long wanted = (long) units * BUSY / threads;
            long most = Math.min(s.n() / ((long) w.lanes * WORTH), BLOCK * 4L);
            return new Work(results, s.n(), w.lanes, s.rows(), (int) Math.max(1, Math.min(wanted, most)), s.n());
        }

        /** One thread for about four elements. */
        static Work rows(int results, int n) {
            int lanes = 1;
            while (lanes < BLOCK && 4 * lanes < n) {
                lanes *= 2;
            }
            return new Work(results, n, lanes, true, 1, n);
        }

        static Work columns(int results, int n, int units) {
            int lanes = 1;
            while (lanes < BLOCK / COLUMNS && 2 * lanes <= n && (long) results * lanes < (long) units * BUSY) {
                lanes *= 2;
            }
            return new Work(results, n, lanes, false, 1, n);
        }

        /** With the number of elements that a mean divides by. */
        Work counting(int elements) {
            return new Work(results, n, lanes, rows, parts, elements);
        }

        Grid grid() {
            return Grid.over((long) results * parts * lanes, BLOCK);
        }

        int[] packed() {
            return new int[] {results, n, lanes, rows ? 1 : 0, parts};
        }
    }
}
