package org.layerzoo.kernels.op.indexing;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Bits;
import org.layerzoo.kernels.Packs;
import org.layerzoo.kernels.Pieces;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Walk;
import org.layerzoo.kernels.op.indexing.Sort.Sorted;
import org.layerzoo.kernels.op.reduction.SegmentPlan;

/**
 * Ops that read or write where an index says. Indices are looked at before a kernel uses them, see {@link Ranges}. What several elements
 * write to is sorted first, so that results do not depend on which thread is earlier.
 */
public final class IndexPlan implements Plan<Primitive.Indexing> {
    private static final int BLOCK = 256;

    @Override
    public Optional<String> refusal(Primitive.Indexing op, List<TensorSpec> in, Gpu.Limits limits) {
        return in.getFirst().shape().rank() < Walk.AXES
                ? Optional.empty()
                : Optional.of("more than " + (Walk.AXES - 1) + " axes");
    }

    @Override
    public List<Tensor> run(Primitive.Indexing op, List<Tensor> in, Gpu gpu) {
        return List.of(
                switch (op) {
                    case Primitive.IndexSelect s -> select(gpu, s, in.get(0), in.get(1));
                    case Primitive.Gather g -> gather(gpu, g, in.get(0), in.get(1));
                    case Primitive.ScatterAdd s -> scatter(gpu, s, s.axis(), in);
                    case Primitive.ScatterSet s -> scatter(gpu, s, s.axis(), in);
                    case Primitive.OneHot o -> oneHot(gpu, o, in.getFirst());
                    case Primitive.Bincount b -> bincount(gpu, b, in.getFirst());
                    default -> throw new IllegalArgumentException("an op of OrderPlan: " + op);
                });
    }

    private static void check(Gpu gpu, Primitive.Indexing op, Tensor index, int n) {
        Ranges.inside(
                index,
                n,
                gpu,
                first -> ZooException.badArgument(
                        op.name() + ": an index of 0.." + (n - 1) + " expected, given " + first.value()));
    }

    private static Tensor select(Gpu gpu, Primitive.IndexSelect op, Tensor x, Tensor index) {
        int axis = op.axis();
        int m = (int) index.size();
        int outer = (int) x.shape().product(0, axis);
        // The reference looks at no index when there are no rows to take.
        if (outer > 0) {
            check(gpu, op, index, x.dim(axis));
        }
        Tensor y = gpu.empty(x.spec().withShape(x.shape().with(axis, m)));
        int row = (int) x.shape().product(axis + 1, x.rank());
        Pieces pieces = Pieces.of(x, y, row);
        int inner = row / pieces.elements();
        Walk w = Walk.joined(new int[] {outer, m, inner}, new int[] {x.dim(axis) * inner, 0, 1}, new int[] {0, 1, 0});
        return take(gpu, pieces, x, index, y, inner, w);
    }

    private static Tensor gather(Gpu gpu, Primitive.Gather op, Tensor x, Tensor index) {
        check(gpu, op, index, x.dim(op.axis()));
        Tensor y = gpu.empty(x.spec().withShape(index.shape()));
        int step = (int) x.shape().product(op.axis() + 1, x.rank());
        Walk w = along(index.shape(), x.shape(), op.axis());
        return take(gpu, Pieces.of(x, y, 1), x, index, y, step, w);
    }

    /** Over an index: where in x its elements are but for the axis, and where in the index. */
    private static Walk along(Shape index, Shape x, int axis) {
        int[] to = strides(x);
        to[axis] = 0;
        return Walk.joined(index.dims(), to, strides(index));
    }

    private static int[] strides(Shape s) {
        return java.util.Arrays.stream(s.strides()).mapToInt(v -> (int) v).toArray();
    }

    private static Tensor take(Gpu gpu, Pieces pieces, Tensor x, Tensor index, Tensor y, int step, Walk w) {
        if (y.size() > 0) {
            gpu.launch(
                    pieces.kernel("gather"),
                    Grid.over(w.elements(), BLOCK),
                    Args.of(x, index, y)
                            .i64(w.elements())
                            .i32(step)
                            .ints(w.packed().orElseThrow()));
        }
        return y;
    }

    private static Tensor scatter(Gpu gpu, Primitive.Indexing op, int axis, List<Tensor> in) {
        Tensor base = in.get(0);
        Tensor index = in.get(1);
        Tensor src = in.get(2);
        check(gpu, op, index, base.dim(axis));
        Tensor y = copy(gpu, base);
        if (index.size() > 0) {
            int step = (int) base.shape().product(axis + 1, base.rank());
            Sorted s = Sort.targets(gpu, index, step, along(index.shape(), base.shape(), axis));
            Grid grid = Grid.over(index.size(), BLOCK);
            if (op instanceof Primitive.ScatterAdd) {
                gpu.launch(
                        Sources.numeric("scatter", base.dtype(), "scatter_add"),
                        grid,
                        Args.of(s.keys(), s.places(), src, base, y).i64(index.size()));
            } else {
                gpu.launch(
                        Sources.moving("ordered", base.dtype(), "scatter_set"),
                        grid,
                        Args.of(s.keys(), s.places(), src, y).i64(index.size()));
            }
        }
        return y;
    }

    private static Tensor copy(Gpu gpu, Tensor x) {
        Tensor y = gpu.empty(x.spec());
        gpu.launch(
                Sources.moving("moving", x.dtype(), "copy"),
                Packs.grid(x),
                Args.of(x, y).i64(x.size()).i64(0).i64(0));
        return y;
    }

    private static Tensor oneHot(Gpu gpu, Primitive.OneHot op, Tensor index) {
        check(gpu, op, index, op.depth());
        Tensor y = gpu.empty(op.infer(List.of(index.spec())).getFirst());
        Walk w = Walk.apart(new int[] {(int) index.size(), op.depth()}, new int[] {1, 0}, new int[] {0, 1});
        gpu.launch(
                Sources.moving("moving", op.dtype(), "one_hot"),
                Grid.over(y.size(), BLOCK),
                Args.of(index, y)
                        .i64(y.size())
                        .i64(Bits.of(op.dtype(), 1))
                        .ints(w.packed().orElseThrow()));
        return y;
    }

    private static Tensor bincount(Gpu gpu, Primitive.Bincount op, Tensor ids) {
        check(gpu, op, ids, op.bins());
        Tensor y = gpu.empty(TensorSpec.of(DType.I64, op.bins()));
        if (op.bins() > 0) {
            SegmentPlan.counts(gpu, Sort.targets(gpu, ids), y, (int) ids.size(), 1);
        }
        return y;
    }
}
