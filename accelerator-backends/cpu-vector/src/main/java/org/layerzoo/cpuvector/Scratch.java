package org.layerzoo.cpuvector;

/** A float array that each thread keeps for one purpose. Contents survive only until the same thread asks again. */
public final class Scratch {
    private final ThreadLocal<float[]> mine = ThreadLocal.withInitial(() -> new float[0]);

    /** At least n floats plus one vector, so that a loop may run over its end. */
    public float[] floats(int n) {
        float[] a = mine.get();
        if (a.length < n + Width.LANES) {
            a = new float[n + Width.LANES];
            mine.set(a);
        }
        return a;
    }

    /** The same on cache lines: at least n floats from {@link CacheLines#FIRST} on, and one vector more. */
    public float[] lines(int n) {
        float[] a = mine.get();
        if (a.length < CacheLines.FIRST + n + Width.LANES) {
            a = CacheLines.allocate(n + Width.LANES);
            mine.set(a);
        }
        return a;
    }
}
