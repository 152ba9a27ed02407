package org.layerzoo.cpuvector;

import org.layerzoo.core.tensor.Shape;

/** A shape seen along one axis: element i of line (o, k) lies at (o n + i) inner + k. */
public record AxisLines(int outer, int n, int inner) {
    public static AxisLines of(Shape s, int axis) {
        return new AxisLines(
                Math.toIntExact(s.product(0, axis)), s.dim(axis), Math.toIntExact(s.product(axis + 1, s.rank())));
    }

    public int lines() {
        return outer * inner;
    }

    /** Flat index of the first element of a line. */
    public long first(int line) {
        return (long) (line / inner) * n * inner + line % inner;
    }

    public long size() {
        return (long) outer * n * inner;
    }
}
