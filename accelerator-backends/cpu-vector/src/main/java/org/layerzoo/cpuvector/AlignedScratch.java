package org.layerzoo.cpuvector;

/** {@link Scratch} on cache lines: see {@link CacheLines} for what that brings and what it takes. */
public final class AlignedScratch {
    private final ThreadLocal<float[]> mine = ThreadLocal.withInitial(() -> new float[0]);

    /** At least n floats from {@link CacheLines#FIRST} on, plus one vector. */
    public float[] floats(int n) {
        float[] a = mine.get();
        int end = CacheLines.FIRST + n + Width.LANES;
        if (a.length < end) {
            a = CacheLines.allocate(end);
            mine.set(a);
        }
        return a;
    }
}
