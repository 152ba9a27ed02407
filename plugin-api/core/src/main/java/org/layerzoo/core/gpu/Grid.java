package org.layerzoo.core.gpu;

import org.layerzoo.core.ZooException;

/**
 * How many threads run a kernel: blocks (OpenCL: work-groups) along up to three axes, each of {@code threads} threads (work-items) in a
 * row. The size of a block is what the kernel's source says; it may not differ.
 */
public record Grid(int x, int y, int z, int threads) {
    /** Most blocks along the second and third axis. */
    public static final int MOST_YZ = 65535;

    public Grid {
        if (x < 1 || y < 1 || z < 1 || y > MOST_YZ || z > MOST_YZ || threads < 1) {
            throw ZooException.badArgument("grid: at least 1 block along each axis and at most " + MOST_YZ
                    + " along the second and third expected, given " + x + "x" + y + "x" + z + " blocks of " + threads);
        }
    }

    /** Enough blocks of {@code threads} for one thread an item. */
    public static Grid over(long items, int threads) {
        return blocks(Math.max(1, (items + threads - 1) / threads), threads);
    }

    /** {@code n} blocks in a row. */
    public static Grid blocks(long n, int threads) {
        return new Grid(Math.toIntExact(n), 1, 1, threads);
    }

    public static Grid blocks(long x, long y, long z, int threads) {
        return new Grid(Math.toIntExact(x), Math.toIntExact(y), Math.toIntExact(z), threads);
    }
}
