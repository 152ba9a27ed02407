package org.layerzoo.core.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.layerzoo.core.ZooException;

/** Sizes of the axes, outermost first; axes may be counted from the end with negative numbers. */
public final class Shape {
    private final int[] dims;

    private Shape(int[] dims) {
        this.dims = dims;
    }

    /** @throws ZooException if a size is negative */
    public static Shape of(int... dims) {
        for (int d : dims) {
            if (d < 0) {
                throw ZooException.badShape("a shape has no negative sizes: given " + Arrays.toString(dims));
            }
        }
        return new Shape(dims.clone());
    }

    public int rank() {
        return dims.length;
    }

    public int dim(int axis) {
        return dims[axis(axis)];
    }

    public int[] dims() {
        return dims.clone();
    }

    public long size() {
        long n = 1;
        for (int d : dims) {
            n = Math.multiplyExact(n, (long) d);
        }
        return n;
    }

    /** The axis counted from the front. @throws ZooException if there is no such axis */
    public int axis(int axis) {
        int a = axis < 0 ? axis + dims.length : axis;
        if (a < 0 || a >= dims.length) {
            throw ZooException.badShape(
                    "axis " + axis + " does not exist in a shape of rank " + dims.length + " " + this);
        }
        return a;
    }

    /** Product of the sizes of axes from (inclusive) to (exclusive). */
    public long product(int from, int to) {
        long n = 1;
        for (int i = from; i < to; i++) {
            n *= dims[i];
        }
        return n;
    }

    public Shape with(int axis, int size) {
        int[] d = dims.clone();
        d[axis(axis)] = size;
        return of(d);
    }

    public Shape without(int axis) {
        int a = axis(axis);
        int[] d = new int[dims.length - 1];
        System.arraycopy(dims, 0, d, 0, a);
        System.arraycopy(dims, a + 1, d, a, d.length - a);
        return new Shape(d);
    }

    /** Inserts an axis so that it becomes axis {@code at} of the result (0..rank). */
    public Shape insert(int at, int size) {
        int a = at < 0 ? at + dims.length + 1 : at;
        int[] d = new int[dims.length + 1];
        System.arraycopy(dims, 0, d, 0, a);
        d[a] = size;
        System.arraycopy(dims, a, d, a + 1, dims.length - a);
        return of(d);
    }

    public Shape append(int... more) {
        int[] d = Arrays.copyOf(dims, dims.length + more.length);
        System.arraycopy(more, 0, d, dims.length, more.length);
        return of(d);
    }

    /** Axes from (inclusive) to (exclusive). */
    public Shape sub(int from, int to) {
        return new Shape(Arrays.copyOfRange(dims, from, to));
    }

    /** Row-major strides in elements. */
    public long[] strides() {
        long[] s = new long[dims.length];
        long n = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            s[i] = n;
            n *= dims[i];
        }
        return s;
    }

    /** Right-aligned broadcast of two shapes; {@code what} names the op in the error. */
    public static Shape broadcast(String what, Shape a, Shape b) {
        int n = Math.max(a.rank(), b.rank());
        int[] d = new int[n];
        for (int i = 1; i <= n; i++) {
            int x = i <= a.rank() ? a.dims[a.rank() - i] : 1;
            int y = i <= b.rank() ? b.dims[b.rank() - i] : 1;
            if (x != y && x != 1 && y != 1) {
                throw ZooException.badShape(what + ": shapes " + a + " and " + b + " do not broadcast (" + x
                        + " against " + y + " at axis -" + i + ")");
            }
            d[n - i] = x == 1 ? y : x;
        }
        return new Shape(d);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Shape s && Arrays.equals(s.dims, dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    @Override
    public String toString() {
        return Arrays.stream(dims).mapToObj(Integer::toString).collect(Collectors.joining(", ", "(", ")"));
    }
}
