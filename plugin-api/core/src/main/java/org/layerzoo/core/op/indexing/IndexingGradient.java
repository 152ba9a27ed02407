package org.layerzoo.core.op.indexing;

import java.util.stream.IntStream;
import org.layerzoo.core.op.Backprop;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Gradients of the indexing ops: values carry one, indices and counts carry none. */
public final class IndexingGradient {
    private IndexingGradient() {}

    public static void backward(Primitive.Indexing op, Backprop b) {
        switch (op) {
            case Primitive.IndexSelect s -> b.add(0, () -> sumRows(b.grad(0), s.axis(), b.in(1), b.in(0)));
            case Primitive.Gather g ->
                b.add(0, () -> Ops.scatterAdd(Ops.zerosLike(b.in(0)), g.axis(), b.in(1), b.grad(0)));
            case Primitive.ScatterAdd s -> {
                b.add(0, () -> b.grad(0));
                b.add(2, () -> Ops.gather(b.grad(0), s.axis(), b.in(1)));
            }
            case Primitive.ScatterSet s -> {
                b.add(0, () -> Ops.scatterSet(b.grad(0), s.axis(), b.in(1), Ops.zerosLike(b.in(2))));
                b.add(2, () -> writtenLast(b.grad(0), s.axis(), b.in(1)));
            }
            case Primitive.TopK t -> {
                if (b.hasGrad(0)) {
                    b.add(0, () -> Ops.scatterAdd(Ops.zerosLike(b.in(0)), t.axis(), b.out(1), b.grad(0)));
                }
            }
            case Primitive.OneHot o -> {}
            case Primitive.ArgSort a -> {}
            case Primitive.SearchSorted s -> {}
            case Primitive.Bincount c -> {}
        }
    }

    /** Adjoint of IndexSelect as a sum by segments, which needs no index the size of the gradient. */
    private static Tensor sumRows(Tensor g, int axis, Tensor index, Tensor x) {
        Tensor rows = front(g, axis);
        return back(Ops.segment(Primitive.SegmentKind.SUM, rows, index, x.dim(axis)), axis);
    }

    private static Tensor front(Tensor x, int axis) {
        return axis == 0
                ? x
                : x.permute(IntStream.range(0, x.rank())
                        .map(i -> i == 0 ? axis : i <= axis ? i - 1 : i)
                        .toArray());
    }

    private static Tensor back(Tensor x, int axis) {
        return axis == 0
                ? x
                : x.permute(IntStream.range(0, x.rank())
                        .map(i -> i < axis ? i + 1 : i == axis ? 0 : i)
                        .toArray());
    }

    /** Of several elements written to one place only the last is in the result, so only it has a gradient. */
    private static Tensor writtenLast(Tensor g, int axis, Tensor index) {
        int[] line = new int[index.rank()];
        java.util.Arrays.fill(line, 1);
        line[axis] = index.dim(axis);
        Tensor position = Ops.iota(DType.I64, index.dim(axis))
                .reshape(line)
                .expand(index.shape().dims());
        Tensor none = Ops.fill(-1, new org.layerzoo.core.tensor.TensorSpec(DType.I64, g.shape()));
        Tensor last = Ops.gather(Ops.scatterSet(none, axis, index, position), axis, index);
        Tensor taken = Ops.gather(g, axis, index);
        return Ops.where(last.eq(position), taken, Ops.zerosLike(taken));
    }
}
