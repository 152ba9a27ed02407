package org.layerzoo.core.op.reduction;

import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.SegmentKind;
import org.layerzoo.core.op.elementwise.ElementwiseReference;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** The meaning of segment reductions: the rows of a segment are taken in their order in x. */
final class SegmentReference {
    private SegmentReference() {}

    static Tensor run(Primitive.Segment op, Tensor x, Tensor ids) {
        Shape out = x.shape().with(0, op.segments());
        int width = Math.toIntExact(x.shape().product(1, x.rank()));
        int[] rows = rows(op, ids);
        if (op.kind() == SegmentKind.COUNT) {
            return Tensor.of(counts(op, rows, width), out.dims());
        }
        if (x.dtype().isInteger()) {
            return ElementwiseReference.integers(x.dtype(), integers(op, x, rows, width), out);
        }
        return Tensor.of(x.dtype(), floats(op, x.toDoubles(), rows, width), out.dims());
    }

    private static int[] rows(Primitive.Segment op, Tensor ids) {
        long[] id = ids.toLongs();
        int[] rows = new int[id.length];
        for (int i = 0; i < id.length; i++) {
            if (id[i] < 0 || id[i] >= op.segments()) {
                throw ZooException.badArgument(op.name() + ": ids from 0 to " + (op.segments() - 1)
                        + " expected, given " + id[i] + " at row " + i);
            }
            rows[i] = (int) id[i];
        }
        return rows;
    }

    private static long[] counts(Primitive.Segment op, int[] rows, int width) {
        long[] out = new long[op.segments() * width];
        for (int row : rows) {
            for (int k = 0; k < width; k++) {
                out[row * width + k]++;
            }
        }
        return out;
    }

    private static double[] floats(Primitive.Segment op, double[] v, int[] rows, int width) {
        double[] out = new double[op.segments() * width];
        Arrays.fill(
                out,
                switch (op.kind()) {
                    case MAX -> Double.NEGATIVE_INFINITY;
                    case MIN -> Double.POSITIVE_INFINITY;
                    default -> 0;
                });
        DoubleBinaryOperator f =
                switch (op.kind()) {
                    case MAX -> Math::max;
                    case MIN -> Math::min;
                    default -> Double::sum;
                };
        for (int i = 0; i < v.length; i++) {
            int at = rows[i / width] * width + i % width;
            out[at] = f.applyAsDouble(out[at], v[i]);
        }
        if (op.kind() == SegmentKind.MEAN) {
            long[] n = counts(op, rows, width);
            for (int i = 0; i < out.length; i++) {
                out[i] /= Math.max(n[i], 1);
            }
        }
        return out;
    }

    private static long[] integers(Primitive.Segment op, Tensor x, int[] rows, int width) {
        DType t = x.dtype();
        long[] out = new long[op.segments() * width];
        Arrays.fill(
                out,
                switch (op.kind()) {
                    case MAX -> ReductionReference.least(t);
                    case MIN -> ReductionReference.greatest(t);
                    default -> 0;
                });
        LongBinaryOperator f =
                switch (op.kind()) {
                    case MAX -> Math::max;
                    case MIN -> Math::min;
                    default -> Long::sum;
                };
        long[] v = x.toLongs();
        for (int i = 0; i < v.length; i++) {
            int at = rows[i / width] * width + i % width;
            out[at] = f.applyAsLong(out[at], v[i]);
        }
        return out;
    }
}
