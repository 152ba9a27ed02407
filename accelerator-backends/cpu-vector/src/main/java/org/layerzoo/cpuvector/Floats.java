package org.layerzoo.cpuvector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Moves runs of F32 elements between tensor memory and arrays. Kernels compute on arrays: the JIT compiles those loops reliably. */
public final class Floats {
    public static final ValueLayout.OfFloat LAYOUT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private Floats() {}

    public static void load(MemorySegment s, long from, float[] dst, int at, int n) {
        if (n < 8) {
            for (int i = 0; i < n; i++) {
                dst[at + i] = s.get(LAYOUT, (from + i) * 4);
            }
        } else {
            MemorySegment.copy(s, LAYOUT, from * 4, dst, at, n);
        }
    }

    public static void store(float[] src, int at, MemorySegment s, long to, int n) {
        if (n < 8) {
            for (int i = 0; i < n; i++) {
                s.set(LAYOUT, (to + i) * 4, src[at + i]);
            }
        } else {
            MemorySegment.copy(src, at, s, LAYOUT, to * 4, n);
        }
    }

    public static float get(MemorySegment s, long i) {
        return s.get(LAYOUT, i * 4);
    }

    public static void set(MemorySegment s, long i, float v) {
        s.set(LAYOUT, i * 4, v);
    }
}
