package org.layerzoo.core.op.reduction;

import static org.layerzoo.core.op.Ops.where;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.layerzoo.core.op.Backprop;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ScanKind;
import org.layerzoo.core.op.Primitive.SegmentKind;
import org.layerzoo.core.op.elementwise.ElementwiseGradient;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** Gradients of reductions; those of scans are in {@link ScanGradient}. */
public final class ReductionGradient {
    private ReductionGradient() {}

    public static void backward(Primitive.Reduction op, Backprop b) {
        switch (op) {
            case Primitive.Reduce r -> {
                if (b.in(0).size() > 0) {
                    reduce(r, b);
                }
            }
            case Primitive.ArgReduce a -> {}
            case Primitive.Scan s -> ScanGradient.scan(s, b);
            case Primitive.FirstOrder f -> ScanGradient.firstOrder(f, b);
            case Primitive.Segment s -> {
                if (b.in(0).size() > 0 && s.kind() != SegmentKind.COUNT) {
                    b.add(0, () -> segment(s, b.in(0), b.in(1), b.out(0), b.grad(0)));
                }
            }
        }
    }

    private static void reduce(Primitive.Reduce op, Backprop b) {
        Tensor x = b.in(0);
        Shape keep = ReductionRules.kept(x.shape(), op.axes());
        b.add(0, () -> {
            Tensor g = b.grad(0).reshape(keep);
            return switch (op.kind()) {
                case SUM -> spread(g, x);
                case MEAN -> spread(g.mul((double) keep.size() / x.size()), x);
                case LOGSUMEXP -> g.mul(ElementwiseGradient.share(x, b.out(0).reshape(keep)));
                case PROD -> product(x, g, op.axes());
                case MAX, MIN -> extreme(op.kind() == Primitive.ReduceKind.MAX, x, g, op.axes());
                case ANY, ALL -> Ops.zerosLike(x);
            };
        });
    }

    private static Tensor spread(Tensor g, Tensor x) {
        return g.expand(x.shape().dims());
    }

    /** d prod / dx_i = (product before i) (product after i): no division, so zeros do no harm. */
    private static Tensor product(Tensor x, Tensor g, int[] axes) {
        Lines lines = Lines.of(x.shape(), axes);
        Tensor flat = lines.flatten(x);
        Tensor before = Ops.scan(ScanKind.PROD, flat, -1, false, true);
        Tensor after = Ops.scan(ScanKind.PROD, flat, -1, true, true);
        return g.mul(lines.restore(before.mul(after)));
    }

    /** All of the gradient goes to the first extreme element. */
    private static Tensor extreme(boolean max, Tensor x, Tensor g, int[] axes) {
        Lines lines = Lines.of(x.shape(), axes);
        Tensor flat = lines.flatten(x);
        Tensor arg = Ops.one(new Primitive.ArgReduce(max, flat.rank() - 1, true), flat);
        Tensor chosen = Ops.iota(DType.I64, flat.dim(-1)).eq(arg);
        return where(lines.restore(chosen), g, Tensor.scalar(g.dtype(), 0));
    }

    /** A shape with some axes joined into one that comes last, in their order. */
    private record Lines(Shape permuted, int[] order, int joined) {
        static Lines of(Shape s, int[] axes) {
            int[] last = Arrays.stream(axes).sorted().toArray();
            IntStream first = IntStream.range(0, s.rank()).filter(i -> Arrays.binarySearch(last, i) < 0);
            int[] order = IntStream.concat(first, Arrays.stream(last)).toArray();
            return new Lines(Shape.of(Arrays.stream(order).map(s::dim).toArray()), order, last.length);
        }

        Tensor flatten(Tensor x) {
            int at = order.length - joined;
            return permute(x, order).reshape(permuted.sub(0, at).append((int) permuted.product(at, order.length)));
        }

        Tensor restore(Tensor flat) {
            int[] inverse = new int[order.length];
            for (int i = 0; i < order.length; i++) {
                inverse[order[i]] = i;
            }
            return permute(flat.reshape(permuted), inverse);
        }

        private static Tensor permute(Tensor x, int[] order) {
            return IntStream.range(0, order.length).allMatch(i -> order[i] == i) ? x : x.permute(order);
        }
    }

    private static Tensor segment(Primitive.Segment op, Tensor x, Tensor ids, Tensor out, Tensor g) {
        return switch (op.kind()) {
            case SUM -> Ops.indexSelect(g, 0, ids);
            case MEAN -> {
                Tensor rows = Ops.one(new Primitive.Segment(SegmentKind.COUNT, op.segments()), x, ids);
                yield Ops.indexSelect(g.div(Ops.clamp(rows.cast(g.dtype()), 1, Double.POSITIVE_INFINITY)), 0, ids);
            }
            case MAX, MIN ->
                where(firstExtreme(op, x, ids, out), Ops.indexSelect(g, 0, ids), Tensor.scalar(g.dtype(), 0));
            case COUNT -> Ops.zerosLike(x);
        };
    }

    /** Whether an element is the first of its segment that equals the extreme. */
    private static Tensor firstExtreme(Primitive.Segment op, Tensor x, Tensor ids, Tensor out) {
        int n = x.dim(0);
        int[] column = new int[x.rank()];
        Arrays.fill(column, 1);
        column[0] = n;
        Tensor row = Ops.iota(DType.I64, n).reshape(column);
        Tensor equal = x.eq(Ops.indexSelect(out, 0, ids));
        Tensor candidates = where(equal, row, Ops.fill(n, TensorSpec.of(DType.I64)));
        Tensor first = Ops.segment(SegmentKind.MIN, candidates, ids, op.segments());
        return row.eq(Ops.indexSelect(first, 0, ids));
    }
}
