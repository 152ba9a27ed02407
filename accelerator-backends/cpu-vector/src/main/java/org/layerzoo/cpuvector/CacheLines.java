package org.layerzoo.cpuvector;

/**
 * Float arrays whose elements lie on cache lines. A 512-bit load across two lines takes both load ports, which costs register tiles a tenth of their
 * speed. An array has no address that a program could ask for, but G1 puts an array larger than half a region at the start of
 * one and leaves it there. Other collectors keep all results and lose the gain.
 */
public final class CacheLines {
    /** The first element on a line, behind the header of 16 bytes; so are all others a multiple of {@link #STEP} later. */
    public static final int FIRST = 12;
    /** Floats in a line. */
    public static final int STEP = 16;

    private static final long MIB = 1 << 20;

    private CacheLines() {}

    /** n rounded up to whole lines. */
    public static int roundUp(int n) {
        return (n + STEP - 1) / STEP * STEP;
    }

    /** An array of at least FIRST + n floats. It takes some MiB even where n is small: one for all that a thread needs. */
    public static float[] allocate(int n) {
        // as G1 chooses its regions: some 2048 of them, a power of two, 1 to 32 MiB
        long share = Math.clamp(Runtime.getRuntime().maxMemory() / 2048, MIB, 32 * MIB);
        long region = share == Long.highestOneBit(share) ? share : 2 * Long.highestOneBit(share);
        return new float[Math.toIntExact(Math.max(FIRST + n + STEP, region / 8 + STEP))];
    }
}
