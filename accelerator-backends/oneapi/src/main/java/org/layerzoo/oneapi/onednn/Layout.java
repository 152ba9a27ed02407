package org.layerzoo.oneapi.onednn;

import static org.layerzoo.kernels.device.Native.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.kernels.device.Native;

/** Sizes and strides of a block of numbers, as oneDNN is told them. */
record Layout(DType type, long[] sizes, long[] strides) {
    private static final int ANY = 1;
    private static final int MOST_AXES = 12;

    static Layout of(DType type, Shape shape) {
        long[] sizes = new long[shape.rank()];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = shape.dim(i);
        }
        return dense(type, sizes);
    }

    static Layout dense(DType type, long... sizes) {
        long[] strides = new long[sizes.length];
        long step = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= sizes[i];
        }
        return new Layout(type, sizes, strides);
    }

    /** The same numbers with the last two axes exchanged. */
    Layout transposed() {
        long[] n = sizes.clone();
        long[] s = strides.clone();
        int r = n.length;
        n[r - 2] = sizes[r - 1];
        n[r - 1] = sizes[r - 2];
        s[r - 2] = strides[r - 1];
        s[r - 1] = strides[r - 2];
        return new Layout(type, n, s);
    }

    /** With axes of size 1 in front. */
    Layout ranked(int rank) {
        int more = rank - sizes.length;
        if (more == 0) {
            return this;
        }
        long[] n = new long[rank];
        long[] s = new long[rank];
        java.util.Arrays.fill(n, 0, more, 1);
        java.util.Arrays.fill(s, 0, more, sizes.length == 0 ? 1 : sizes[0] * strides[0]);
        System.arraycopy(sizes, 0, n, more, sizes.length);
        System.arraycopy(strides, 0, s, more, sizes.length);
        return new Layout(type, n, s);
    }

    MemorySegment describe(Dnnl d) {
        return d.made("dnnl_memory_desc_create_with_strides", out -> {
            try (Arena arena = Arena.ofConfined()) {
                return (int) d.describe.invokeExact(
                        out, sizes.length, dims(arena, sizes), Dnnl.type(type), dims(arena, strides));
            }
        });
    }

    /** Of these sizes, in an order that a plan may choose. */
    MemorySegment describeAny(Dnnl d) {
        return d.made("dnnl_memory_desc_create_with_tag", out -> {
            try (Arena arena = Arena.ofConfined()) {
                return (int) d.describeTag.invokeExact(out, sizes.length, dims(arena, sizes), Dnnl.type(type), ANY);
            }
        });
    }

    static MemorySegment dims(Arena arena, long... values) {
        MemorySegment s = arena.allocate(LONG, MOST_AXES);
        MemorySegment.copy(values, 0, s, LONG, 0, values.length);
        return s;
    }

    static void forget(Dnnl d, MemorySegment description) {
        try {
            Dnnl.check((int) d.destroyDescription.invokeExact(description), "dnnl_memory_desc_destroy");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }
}
