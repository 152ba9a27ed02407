package org.layerzoo.cpuvector.op.linear;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.linear.Gemm.Matrix;
import org.layerzoo.cpuvector.op.linear.Gemm.Sink;
import org.layerzoo.cpuvector.op.linear.PackedTile.Operand;

/**
 * c = a b by blocks of c that stay in the second-level cache while k passes. An operand that several blocks read is packed once, for all of them;
 * one that a single block reads is packed by that block's task, step by step, and never leaves the cache.
 */
final class BlockProduct {
    private static final int ROWS = PackedTile.ROWS;
    private static final int COLUMNS = PackedTile.COLUMNS;
    private static final int ROW_BLOCK = 144;
    /** A block of c takes a quarter of the second-level cache. */
    private static final int COLUMN_BLOCK =
            (int) Math.clamp(Caches.HERE.second() / (16 * ROW_BLOCK) / 128 * 128, 128, 256);
    /** Elements of a packed operand: a part of the last cache. */
    private static final int PACKED = (int) Math.clamp(Caches.HERE.last() / 16, 1 << 18, 1 << 22);
    /** Columns whose packing is one task. */
    private static final int PACK_COLUMNS = 256;

    private static final Scratch LEFT = new Scratch();
    private static final Scratch RIGHT = new Scratch();
    private static final Scratch OWN_LEFT = new Scratch();
    private static final Scratch OWN_RIGHT = new Scratch();
    private static final Scratch BLOCK = new Scratch();

    private final Matrix a;
    private final Matrix b;
    private final int k;
    private final Sink sink;
    private final Cut rows;
    private final Cut columns;
    private final float[] left;
    private final float[] right;
    private final AtomicInteger unpacked = new AtomicInteger();
    private volatile boolean failed;

    /** Lines from .. from + count - 1 in equal blocks of whole tiles. */
    private record Cut(int from, int count, int blocks, int step) {
        static Cut of(int from, int count, int block, int unit) {
            int blocks = (count + block - 1) / block;
            int step = up((count + blocks - 1) / blocks, unit);
            return new Cut(from, count, (count + step - 1) / step, step);
        }

        int begin(int i) {
            return i * step;
        }

        int size(int i) {
            return Math.min(step, count - i * step);
        }
    }

    private BlockProduct(Matrix a, Matrix b, int k, Cut rows, Cut columns, Sink sink) {
        this.a = a;
        this.b = b;
        this.k = k;
        this.rows = rows;
        this.columns = columns;
        this.sink = sink;
        this.left = columns.blocks == 1 ? new float[0] : LEFT.floats(up(rows.count, ROWS) * k);
        this.right = rows.blocks == 1 ? new float[0] : RIGHT.floats(up(columns.count, COLUMNS) * k);
    }

    /** Blocks of c. */
    static int blocks(int m, int n) {
        return ((m + ROW_BLOCK - 1) / ROW_BLOCK) * ((n + COLUMN_BLOCK - 1) / COLUMN_BLOCK);
    }

    static void run(Matrix a, Matrix b, int m, int k, int n, Sink sink) {
        int height = Math.max(4 * ROW_BLOCK, PACKED / k / ROW_BLOCK * ROW_BLOCK);
        int width = Math.max(COLUMN_BLOCK, PACKED / k / COLUMN_BLOCK * COLUMN_BLOCK);
        for (int j = 0; j < n; j += width) {
            Cut columns = Cut.of(j, Math.min(width, n - j), COLUMN_BLOCK, COLUMNS);
            for (int i = 0; i < m; i += height) {
                new BlockProduct(a, b, k, Cut.of(i, Math.min(height, m - i), ROW_BLOCK, ROWS), columns, sink)
                        .run(i == 0);
            }
        }
    }

    /** @param first whether b is yet to be packed */
    private void run(boolean first) {
        Cut pieces = Cut.of(columns.from, columns.count, PACK_COLUMNS, COLUMNS);
        int leftTasks = left.length == 0 ? 0 : rows.blocks;
        int packTasks = leftTasks + (right.length == 0 || !first ? 0 : pieces.blocks);
        unpacked.set(packTasks);
        Workers.run(packTasks + rows.blocks * columns.blocks, 2L * rows.count * k * columns.count, t -> {
            if (t < leftTasks) {
                packing(() -> packLeft(rows.begin(t), rows.size(t), 0, k, left, rows.begin(t) * k));
            } else if (t < packTasks) {
                int j = t - leftTasks;
                packing(() -> packRight(pieces.begin(j), pieces.size(j), 0, k, right, pieces.begin(j) * k));
            } else {
                awaitPacked();
                block((t - packTasks) / columns.blocks, (t - packTasks) % columns.blocks);
            }
        });
    }

    private void packing(Runnable pack) {
        try {
            pack.run();
            unpacked.decrementAndGet();
        } catch (Throwable e) {
            failed = true;
            throw e;
        }
    }

    /** Tasks are claimed in order, so whoever waits here waits for packing that other threads are doing now. */
    private void awaitPacked() {
        for (int i = 0; unpacked.get() > 0; i++) {
            if (failed) {
                throw new IllegalStateException(
                        "an operand of the matrix product was not packed: the task that packs it failed");
            }
            if (i < 10_000) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    private void packLeft(int i, int count, int from, int steps, float[] out, int at) {
        Matrix lines = a.from(rows.from + i, from);
        pack(lines, !a.transposed(), count, steps, ROWS, out, at);
    }

    private void packRight(int j, int count, int from, int steps, float[] out, int at) {
        Matrix lines = b.from(from, columns.from + j);
        pack(lines, b.transposed(), count, steps, COLUMNS, out, at);
    }

    /** @param turned whether a line of the panels is a stored row */
    private static void pack(Matrix x, boolean turned, int lines, int steps, int width, float[] out, int at) {
        Matrix f = Widened.of(x, turned ? lines : steps, turned ? steps : lines);
        if (turned) {
            Panels.turned(f.memory(), f.at(), f.ld(), lines, steps, width, out, at);
        } else {
            Panels.straight(f.memory(), f.at(), f.ld(), lines, steps, width, out, at);
        }
    }

    private void block(int r, int c) {
        int i = rows.begin(r);
        int j = columns.begin(c);
        int h = rows.size(r);
        int w = columns.size(c);
        float[] sums = BLOCK.floats(up(h, ROWS) * up(w, COLUMNS));
        PackedTile.Finished store =
                (x, n, y, m, at, from) -> sink.block(rows.from + i + x, n, columns.from + j + y, m, at, from, COLUMNS);
        if (inPlace(h, w)) {
            PackedTile.Operand x = left(i, h, 0, k);
            StoredTile.multiply(x.panels(), x.at(), h, k, b.from(0, columns.from + j), w, sums, store);
            return;
        }
        int steps = left.length > 0 && right.length > 0 ? k : PackedTile.DEPTH;
        for (int from = 0; from < k; from += steps) {
            int n = Math.min(steps, k - from);
            PackedTile.multiply(
                    left(i, h, from, n),
                    right(j, w, from, n),
                    h,
                    n,
                    w,
                    sums,
                    from > 0,
                    from + n == k ? Optional.of(store) : Optional.empty());
        }
    }

    /** Whether b is read where it lies: it is read by this block alone, and seldom enough that a copy would not pay. */
    private boolean inPlace(int h, int w) {
        return right.length == 0
                && b.type() == DType.F32
                && !b.transposed()
                && w % COLUMNS == 0
                && k <= PackedTile.DEPTH;
    }

    private Operand left(int i, int h, int from, int n) {
        if (left.length > 0) {
            return new Operand(left, i * k + from * ROWS, k);
        }
        float[] own = OWN_LEFT.floats(up(h, ROWS) * n);
        packLeft(i, h, from, n, own, 0);
        return new Operand(own, 0, n);
    }

    private Operand right(int j, int w, int from, int n) {
        if (right.length > 0) {
            return new Operand(right, j * k + from * COLUMNS, k);
        }
        float[] own = OWN_RIGHT.floats(up(w, COLUMNS) * n);
        packRight(j, w, from, n, own, 0);
        return new Operand(own, 0, n);
    }

    private static int up(int n, int unit) {
        return (n + unit - 1) / unit * unit;
    }
}
