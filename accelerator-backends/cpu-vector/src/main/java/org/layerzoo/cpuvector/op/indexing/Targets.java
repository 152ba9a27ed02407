package org.layerzoo.cpuvector.op.indexing;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.AxisLines;

/**
 * Where the elements of an index lie in the tensor that it points into: element (o, j, i) of the index names element
 * {@code outer[o] + at step + inner[i]}.
 *
 * @param lines the index along its axis
 * @param step distance of neighbours along the axis
 */
record Targets(AxisLines lines, long[] outer, long[] inner, long step) {
    static Targets of(Shape x, Shape index, int axis) {
        long[] strides = x.strides();
        AxisLines lines = AxisLines.of(index, axis);
        return new Targets(
                lines, offsets(index, strides, 0, axis), offsets(index, strides, axis + 1, x.rank()), strides[axis]);
    }

    /** Offsets in x of all positions of axes from .. to - 1 of the index. */
    private static long[] offsets(Shape index, long[] strides, int from, int to) {
        long[] out = {0};
        for (int a = from; a < to; a++) {
            long[] next = new long[out.length * index.dim(a)];
            for (int i = 0; i < next.length; i++) {
                next[i] = out[i / index.dim(a)] + i % index.dim(a) * strides[a];
            }
            out = next;
        }
        return out;
    }

    /** The index's numbers, each checked to be one of 0..n-1. */
    static int[] checked(Primitive op, Tensor index, int n) {
        int[] at = new int[Math.toIntExact(index.size())];
        MemorySegment s = index.segment();
        for (int i = 0; i < at.length; i++) {
            long v = s.get(ValueLayout.JAVA_LONG_UNALIGNED, i * 8L);
            if (v < 0 || v >= n) {
                throw ZooException.badArgument(op.name() + ": an index of 0.." + (n - 1) + " expected, given " + v);
            }
            at[i] = (int) v;
        }
        return at;
    }
}
