package org.layerzoo.cpuvector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Copies elements of 1, 2, 4 or 8 bytes between two strided views of one shape. Contiguous runs go as blocks, transposes
 * in tiles; strides are in elements and may be zero or negative.
 */
public final class Strided {
    private static final int TILE = 32;
    private static final int PIECE = 32_768;

    private final MemorySegment src;
    private final MemorySegment dst;
    private final int bytes;
    private int rank;
    private final long[] dims;
    private final long[] from;
    private final long[] to;

    private Strided(MemorySegment src, long[] from, MemorySegment dst, long[] to, int[] dims, int bytes) {
        this.src = src;
        this.dst = dst;
        this.bytes = bytes;
        this.dims = new long[dims.length + 1];
        this.from = new long[dims.length + 1];
        this.to = new long[dims.length + 1];
        collapse(dims, from, to);
    }

    /** Copies an array of {@code dims}; offsets and strides count elements. */
    public static void copy(
            MemorySegment src,
            long srcAt,
            long[] srcStrides,
            MemorySegment dst,
            long dstAt,
            long[] dstStrides,
            int[] dims,
            int bytes) {
        if (Arrays.stream(dims).anyMatch(d -> d == 0)) {
            return;
        }
        new Strided(src, srcStrides, dst, dstStrides, dims, bytes).run(srcAt, dstAt);
    }

    private void collapse(int[] d, long[] f, long[] t) {
        for (int i = 0; i < d.length; i++) {
            if (d[i] == 1) {
                continue;
            }
            int p = rank - 1;
            if (rank > 0 && from[p] == f[i] * d[i] && to[p] == t[i] * d[i]) {
                dims[p] *= d[i];
                from[p] = f[i];
                to[p] = t[i];
            } else {
                dims[rank] = d[i];
                from[rank] = f[i];
                to[rank++] = t[i];
            }
        }
        if (rank == 0) {
            dims[0] = 1;
            from[0] = 1;
            to[0] = 1;
            rank = 1;
        }
    }

    private void run(long srcAt, long dstAt) {
        int last = rank - 1;
        int unit = -1;
        for (int i = 0; i < last; i++) {
            if (from[i] == 1) {
                unit = i;
            }
        }
        if (from[last] != 1 && to[last] == 1 && unit >= 0) {
            transpose(srcAt, dstAt, unit);
        } else if (rank == 1 && from[0] == 1 && to[0] == 1) {
            Workers.pieces(
                    dims[0],
                    16 * PIECE,
                    1,
                    (a, b) -> MemorySegment.copy(src, (srcAt + a) * bytes, dst, (dstAt + a) * bytes, (b - a) * bytes));
        } else {
            rows(srcAt, dstAt);
        }
    }

    private void rows(long srcAt, long dstAt) {
        int last = rank - 1;
        long n = dims[last];
        long outer = 1;
        for (int i = 0; i < last; i++) {
            outer *= dims[i];
        }
        Workers.pieces(outer, Math.max(1, PIECE / n), n, (a, b) -> {
            for (Walk w = new Walk(a, last, -1); w.index < b; w.next()) {
                row(srcAt + w.src, from[last], dstAt + w.dst, to[last], n);
            }
        });
    }

    private void transpose(long srcAt, long dstAt, int unit) {
        int last = rank - 1;
        long tiles = (dims[unit] + TILE - 1) / TILE;
        long outer = 1;
        for (int i = 0; i < last; i++) {
            outer *= i == unit ? 1 : dims[i];
        }
        Workers.pieces(outer * tiles, 1, TILE * dims[last], (a, b) -> {
            for (long task = a; task < b; task++) {
                Walk w = new Walk(task / tiles, last, unit);
                long first = task % tiles * TILE;
                tile(srcAt + w.src, dstAt + w.dst, unit, first, Math.min(dims[unit], first + TILE));
            }
        });
    }

    private void tile(long s, long d, int unit, long first, long end) {
        int last = rank - 1;
        for (long j = 0; j < dims[last]; j += TILE) {
            long n = Math.min(TILE, dims[last] - j);
            for (long i = first; i < end; i++) {
                row(s + i + j * from[last], from[last], d + i * to[unit] + j, 1, n);
            }
        }
    }

    private void row(long s, long ds, long d, long dd, long n) {
        if (ds == 1 && dd == 1 && n * bytes >= 64) {
            MemorySegment.copy(src, s * bytes, dst, d * bytes, n * bytes);
            return;
        }
        switch (bytes) {
            case 4 -> {
                for (long i = 0; i < n; i++) {
                    dst.set(
                            ValueLayout.JAVA_INT_UNALIGNED,
                            (d + i * dd) * 4,
                            src.get(ValueLayout.JAVA_INT_UNALIGNED, (s + i * ds) * 4));
                }
            }
            case 8 -> {
                for (long i = 0; i < n; i++) {
                    dst.set(
                            ValueLayout.JAVA_LONG_UNALIGNED,
                            (d + i * dd) * 8,
                            src.get(ValueLayout.JAVA_LONG_UNALIGNED, (s + i * ds) * 8));
                }
            }
            case 2 -> {
                for (long i = 0; i < n; i++) {
                    dst.set(
                            ValueLayout.JAVA_SHORT_UNALIGNED,
                            (d + i * dd) * 2,
                            src.get(ValueLayout.JAVA_SHORT_UNALIGNED, (s + i * ds) * 2));
                }
            }
            default -> {
                for (long i = 0; i < n; i++) {
                    dst.set(ValueLayout.JAVA_BYTE, d + i * dd, src.get(ValueLayout.JAVA_BYTE, s + i * ds));
                }
            }
        }
    }

    /** Steps through all axes before the last one, but one that is handled apart. */
    private final class Walk {
        private final long[] at = new long[rank];
        private final int last;
        private final int skip;
        private long index;
        private long src;
        private long dst;

        Walk(long start, int last, int skip) {
            this.last = last;
            this.skip = skip;
            this.index = start;
            long rest = start;
            for (int i = last - 1; i >= 0; i--) {
                if (i != skip) {
                    at[i] = rest % dims[i];
                    rest /= dims[i];
                    src += at[i] * from[i];
                    dst += at[i] * to[i];
                }
            }
        }

        void next() {
            index++;
            for (int i = last - 1; i >= 0; i--) {
                if (i == skip) {
                    continue;
                }
                src += from[i];
                dst += to[i];
                if (++at[i] < dims[i]) {
                    return;
                }
                at[i] = 0;
                src -= dims[i] * from[i];
                dst -= dims[i] * to[i];
            }
        }
    }
}
