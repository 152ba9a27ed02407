package org.layerzoo.kernels.device;

import java.util.Arrays;

/** The arguments of one launch as plain bits, ready for a driver. Made to be filled again and again by one thread. */
public final class PackedArgs {
    /** What an argument is, and how many bytes of its bits count. */
    public enum Kind {
        POINTER(8),
        FOUR_BYTES(4),
        EIGHT_BYTES(8),
        /** A structure of ints. */
        INTS(0);

        private final int bytes;

        Kind(int bytes) {
            this.bytes = bytes;
        }
    }

    private Kind[] kinds = new Kind[32];
    private long[] bits = new long[32];
    private int[][] structures = new int[32][];
    private int count;

    public void clear() {
        Arrays.fill(structures, 0, count, null);
        count = 0;
    }

    public void add(Kind kind, long value) {
        if (count == kinds.length) {
            kinds = Arrays.copyOf(kinds, 2 * count);
            bits = Arrays.copyOf(bits, 2 * count);
            structures = Arrays.copyOf(structures, 2 * count);
        }
        kinds[count] = kind;
        bits[count++] = value;
    }

    public void add(int[] structure) {
        add(Kind.INTS, 0);
        structures[count - 1] = structure;
    }

    public int count() {
        return count;
    }

    public Kind kind(int i) {
        return kinds[i];
    }

    public long bits(int i) {
        return bits[i];
    }

    public int[] structure(int i) {
        return structures[i];
    }

    public int bytes(int i) {
        return kinds[i] == Kind.INTS ? 4 * structures[i].length : kinds[i].bytes;
    }
}
