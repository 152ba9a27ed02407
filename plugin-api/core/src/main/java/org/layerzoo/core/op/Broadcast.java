package org.layerzoo.core.op;

import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Right-aligned broadcast: where each element of a result comes from, and how its gradient goes back there. */
public final class Broadcast {
    private Broadcast() {}

    /** Sums {@code g} over the axes along which {@code to} was repeated: the adjoint of a broadcast from {@code to} to the shape of {@code g}. */
    public static Tensor reduceTo(Tensor g, Shape to) {
        Shape from = g.shape();
        if (from.equals(to)) {
            return g;
        }
        int lead = from.rank() - to.rank();
        int[] axes = java.util.stream.IntStream.range(0, from.rank())
                .filter(i -> i < lead || to.dim(i - lead) == 1 && from.dim(i) != 1)
                .toArray();
        return (axes.length == 0 ? g : g.sum(axes)).reshape(to);
    }

    /** For each flat index of {@code to} the flat index of {@code from} that is broadcast there. */
    public static int[] index(Shape from, Shape to) {
        int lead = to.rank() - from.rank();
        long[] own = from.strides();
        long[] strides = new long[to.rank()];
        for (int i = 0; i < from.rank(); i++) {
            strides[lead + i] = from.dim(i) == 1 ? 0 : own[i];
        }
        return walk(to, strides, 0);
    }

    /** The offsets {@code base + sum_i index_i strides_i} of all indices of a shape in row-major order. */
    public static int[] walk(Shape shape, long[] strides, long base) {
        int[] out = new int[Math.toIntExact(shape.size())];
        int[] dims = shape.dims();
        int[] at = new int[dims.length];
        long offset = base;
        for (int n = 0; n < out.length; n++) {
            out[n] = (int) offset;
            for (int a = dims.length - 1; a >= 0; a--) {
                offset += strides[a];
                if (++at[a] < dims[a]) {
                    break;
                }
                offset -= strides[a] * dims[a];
                at[a] = 0;
            }
        }
        return out;
    }
}
