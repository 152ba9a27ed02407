package org.layerzoo.kernels.op.indexing;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Walk;
import org.layerzoo.kernels.op.indexing.Sort.Sorted;

/** Ops that compare elements of lines. */
public final class OrderPlan {
    private static final int BLOCK = 256;

    private OrderPlan() {}

    /** Stable order along an axis. */
    public static final class ArgSort implements Plan<Primitive.ArgSort> {
        @Override
        public Optional<String> refusal(Primitive.ArgSort op, List<TensorSpec> in, Gpu.Limits limits) {
            return Optional.empty();
        }

        @Override
        public List<Tensor> run(Primitive.ArgSort op, List<Tensor> in, Gpu gpu) {
            Tensor x = in.getFirst();
            int n = x.dim(op.axis());
            if (x.size() == 0) {
                return List.of(gpu.empty(new TensorSpec(DType.I64, x.shape())));
            }
            Sorted s = Sort.axis(gpu, x, op.axis(), op.descending(), n);
            return List.of(places(gpu, s, x.shape(), op.axis(), n));
        }
    }

    /** The k largest or smallest along an axis. */
    public static final class TopK implements Plan<Primitive.TopK> {
        @Override
        public Optional<String> refusal(Primitive.TopK op, List<TensorSpec> in, Gpu.Limits limits) {
            return Optional.empty();
        }

        @Override
        public List<Tensor> run(Primitive.TopK op, List<Tensor> in, Gpu gpu) {
            Tensor x = in.getFirst();
            int axis = op.axis();
            Shape to = x.shape().with(axis, op.k());
            if (to.size() == 0) {
                return List.of(gpu.empty(x.spec().withShape(to)), gpu.empty(new TensorSpec(DType.I64, to)));
            }
            Sorted s = Sort.axis(gpu, x, axis, op.largest(), op.k());
            if (op.order() == Primitive.TopKOrder.BY_INDEX) {
                s = Sort.byPlace(gpu, s, (int) (to.size() / op.k()), op.k());
            }
            return List.of(values(gpu, s, x, to, axis), places(gpu, s, to, axis, x.dim(axis)));
        }
    }

    /** Places of the first elements of sorted lines in a result of shape {@code to}; they are below {@code n}. */
    private static Tensor places(Gpu gpu, Sorted s, Shape to, int axis, int n) {
        Tensor y = gpu.empty(new TensorSpec(DType.I64, to));
        gpu.launch(
                Sources.moving("ordered", DType.I64, "places"),
                Grid.over(y.size(), BLOCK),
                Args.of(s.places(), y)
                        .i64(y.size())
                        .i32(s.length(), to.dim(axis))
                        .ints(lines(to, to, axis).packed().orElseThrow()));
        return Ranges.known(y, n);
    }

    private static Tensor values(Gpu gpu, Sorted s, Tensor x, Shape to, int axis) {
        Tensor y = gpu.empty(x.spec().withShape(to));
        int inner = (int) to.product(axis + 1, to.rank());
        gpu.launch(
                Sources.moving("ordered", x.dtype(), "values"),
                Grid.over(y.size(), BLOCK),
                Args.of(x, s.places(), y)
                        .i64(y.size())
                        .i32(s.length(), to.dim(axis), inner)
                        .ints(lines(to, x.shape(), axis).packed().orElseThrow()));
        return y;
    }

    /** Over lines and their elements: where in a tensor of shape {@code to}, and where the line begins in one of shape {@code x}. */
    private static Walk lines(Shape to, Shape x, int axis) {
        int inner = (int) to.product(axis + 1, to.rank());
        int outer = (int) to.product(0, axis);
        return Walk.joined(
                new int[] {outer, inner, to.dim(axis)},
                new int[] {to.dim(axis) * inner, 1, inner},
                new int[] {x.dim(axis) * inner, 1, 0});
    }

    /** Number of sorted elements below x: a search of log2(n) steps an element. */
    public static final class SearchSorted implements Plan<Primitive.SearchSorted> {
        @Override
        public Optional<String> refusal(Primitive.SearchSorted op, List<TensorSpec> in, Gpu.Limits limits) {
            return Optional.empty();
        }

        @Override
        public List<Tensor> run(Primitive.SearchSorted op, List<Tensor> in, Gpu gpu) {
            Tensor sorted = in.get(0);
            Tensor x = in.get(1);
            Tensor y = gpu.empty(new TensorSpec(DType.I64, x.shape()));
            gpu.launch(
                    Sources.numeric("keys", x.dtype(), "search"),
                    Grid.over(x.size(), BLOCK),
                    Args.of(sorted, x, y).i64(x.size()).i32((int) sorted.size()).i32(op.right()));
            return List.of(Ranges.known(y, (int) sorted.size() + 1));
        }
    }
}
