package org.layerzoo.cpuvector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.layerzoo.core.tensor.Shape;

/** Reads an operand as if it had been expanded to the result's shape: a pattern of dense runs and repeated values. */
public final class Broadcast {
    private final long[] dims;
    private final long[] strides;
    private final boolean dense;

    private Broadcast(long[] dims, long[] strides) {
        this.dims = dims;
        this.strides = strides;
        this.dense = dims.length == 1 && strides[0] == 1;
    }

    /** Neighbouring axes that are both repeated or both dense become one. */
    public static Broadcast of(Shape operand, Shape out) {
        int n = out.rank();
        long[] dims = new long[n + 1];
        long[] strides = new long[n + 1];
        int used = 0;
        long stride = 1;
        for (int i = 1; i <= n; i++) {
            int size = out.dim(n - i);
            int own = i <= operand.rank() ? operand.dim(operand.rank() - i) : 1;
            if (size == 1) {
                continue;
            }
            long s = own == 1 ? 0 : stride;
            stride *= own;
            if (used > 0 && (strides[used - 1] == 0) == (s == 0)) {
                dims[used - 1] *= size;
            } else {
                dims[used] = size;
                strides[used++] = s;
            }
        }
        if (used == 0) {
            dims[0] = 1;
            strides[used++] = 1;
        }
        return new Broadcast(Arrays.copyOf(dims, used), Arrays.copyOf(strides, used));
    }

    public boolean isDense() {
        return dense;
    }

    /** Writes result elements from..from+n-1 of the operand into an array whose type fits the layout. */
    public void load(MemorySegment s, ValueLayout layout, long from, int n, Object dst) {
        if (dense) {
            MemorySegment.copy(s, layout, from * layout.byteSize(), dst, 0, n);
            return;
        }
        long[] at = new long[dims.length];
        long base = locate(from, at);
        int done = 0;
        while (done < n) {
            int len = (int) Math.min(dims[0] - at[0], n - done);
            if (strides[0] == 0) {
                fill(s, layout, base, dst, done, len);
            } else {
                MemorySegment.copy(s, layout, (base + at[0]) * layout.byteSize(), dst, done, len);
            }
            done += len;
            at[0] = 0;
            base = carry(at, base);
        }
    }

    private long locate(long from, long[] at) {
        long rest = from;
        long base = 0;
        for (int i = 0; i < dims.length; i++) {
            at[i] = rest % dims[i];
            rest /= dims[i];
            base += i == 0 ? 0 : at[i] * strides[i];
        }
        return base;
    }

    private long carry(long[] at, long base) {
        long b = base;
        for (int i = 1; i < dims.length; i++) {
            b += strides[i];
            if (++at[i] < dims[i]) {
                return b;
            }
            at[i] = 0;
            b -= dims[i] * strides[i];
        }
        return b;
    }

    private static void fill(MemorySegment s, ValueLayout layout, long i, Object dst, int at, int n) {
        switch (dst) {
            case float[] a -> Arrays.fill(a, at, at + n, s.get((ValueLayout.OfFloat) layout, i * 4));
            case double[] a -> Arrays.fill(a, at, at + n, s.get((ValueLayout.OfDouble) layout, i * 8));
            case long[] a -> Arrays.fill(a, at, at + n, s.get((ValueLayout.OfLong) layout, i * 8));
            case int[] a -> Arrays.fill(a, at, at + n, s.get((ValueLayout.OfInt) layout, i * 4));
            case short[] a -> Arrays.fill(a, at, at + n, s.get((ValueLayout.OfShort) layout, i * 2));
            case byte[] a -> Arrays.fill(a, at, at + n, s.get((ValueLayout.OfByte) layout, i));
            default -> throw new IllegalArgumentException("no array of " + dst.getClass());
        }
    }
}
