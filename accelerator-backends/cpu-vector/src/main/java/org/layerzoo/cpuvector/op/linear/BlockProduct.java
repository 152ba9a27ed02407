package org.layerzoo.cpuvector.op.linear;

import java.util.concurrent.atomic.AtomicInteger;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.linear.Gemm.Matrix;
import org.layerzoo.cpuvector.op.linear.Gemm.Sink;
import org.layerzoo.cpuvector.op.linear.PackedTile.Operand;

/**
 * c = a b by blocks of columns. A task packs its block of b, which then stays in the second-level cache while panels of a pass; they are packed
 * once for all tasks, or by the only task that reads them. An element of c is written once for up to {@link #DEPTH} steps of k.
 */
final class BlockProduct {
    private static final int ROWS = PackedTile.ROWS;
    private static final int COLUMNS = PackedTile.COLUMNS;
    /** Elements of a block of b: a quarter of the second-level cache. */
    private static final int BLOCK_OF_B = (int) Math.clamp(Caches.HERE.second() / 16, 1 << 14, 1 << 18);
    /** Steps of k that pass at once, by blocks of b that are 256 columns wide. */
    private static final int DEPTH = BLOCK_OF_B / 256;
    /** Up to so many rows read b once, in longer runs, which the machine fetches ahead better. */
    private static final int FEW_ROWS = 144;

    private static final int FEW_ROWS_DEPTH = BLOCK_OF_B / 256;
    /** Columns of a block, where they do not make too few tasks. */
    private static final int WIDEST = 256;

    private static final int NARROWEST = 64;
    private static final int TASKS = 4;
    /** Rows for which a block of b is packed once: packing is then some hundredth of the work. */
    private static final int TALL = 1024;
    /** Rows whose packing is one task. */
    private static final int PACK_ROWS = 96;
    /** Depth up to which b may be read where it lies. */
    private static final int SHALLOW = 256;
    /** Elements of a packed operand: a part of the last cache. */
    private static final int PACKED = (int) Math.clamp(Caches.HERE.last() / 16, 1 << 18, 1 << 22);

    private static final PackedTile.Finished UNFINISHED = (p, n, q, m, sum, at) -> {};

    private static final Scratch LEFT = new Scratch();
    private static final Scratch OWN_LEFT = new Scratch();
    private static final Scratch RIGHT = new Scratch();
    private static final Scratch TILE = new Scratch();
    private static final Scratch SUMS = new Scratch();

    private final Matrix a;
    private final Matrix b;
    private final int k;
    /** Steps of k that pass at once. */
    private final int depth;

    private final Sink sink;
    private final Cut rows;
    private final Cut columns;
    /** Panels of a, packed for all tasks; empty where each task packs what it needs. */
    private final float[] left;

    private final AtomicInteger unpacked = new AtomicInteger();
    private volatile boolean failed;

    /** Lines from .. from + count - 1 in equal blocks of whole tiles. */
    private record Cut(int from, int count, int blocks, int step) {
        static Cut of(int from, int count, int block, int unit) {
            int step = up(even(count, block), unit);
            return new Cut(from, count, (count + step - 1) / step, step);
        }

        int begin(int i) {
            return i * step;
        }

        int size(int i) {
            return Math.min(step, count - i * step);
        }
    }

    private BlockProduct(Matrix a, Matrix b, int k, int depth, Cut rows, Cut columns, Sink sink) {
        this.a = a;
        this.b = b;
        this.k = k;
        this.depth = depth;
        this.rows = rows;
        this.columns = columns;
        this.sink = sink;
        this.left = columns.blocks == 1 ? new float[0] : LEFT.lines(up(rows.count, ROWS) * k);
    }

    static void run(Matrix a, Matrix b, int m, int k, int n, Sink sink) {
        int depth = even(k, m <= FEW_ROWS ? FEW_ROWS_DEPTH : DEPTH);
        int width = Math.clamp(BLOCK_OF_B / depth, COLUMNS, Math.clamp(n / TASKS, NARROWEST, WIDEST));
        Cut columns = Cut.of(0, n, width, COLUMNS);
        int height = up(even(m, Math.max(TALL, PACKED / k)), ROWS);
        for (int i = 0; i < m; i += height) {
            Cut rows = Cut.of(i, Math.min(height, m - i), TALL, ROWS);
            new BlockProduct(a, b, k, depth, rows, columns, sink).run();
        }
    }

    /** The size of equal parts of n, none above {@code most}. */
    private static int even(int n, int most) {
        int parts = (n + most - 1) / most;
        return (n + parts - 1) / parts;
    }

    private static int up(int n, int unit) {
        return (n + unit - 1) / unit * unit;
    }

    private void run() {
        Cut pieces = Cut.of(0, rows.count, PACK_ROWS, ROWS);
        int packTasks = left.length == 0 ? 0 : pieces.blocks;
        unpacked.set(packTasks);
        Workers.run(packTasks + rows.blocks * columns.blocks, 2L * rows.count * k * columns.count, t -> {
            if (t < packTasks) {
                packing(() ->
                        packLeft(pieces.begin(t), pieces.size(t), 0, k, left, CacheLines.FIRST + pieces.begin(t) * k));
            } else {
                awaitPacked();
                block((t - packTasks) % rows.blocks, (t - packTasks) / rows.blocks);
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
        float[] tile = TILE.floats(ROWS * COLUMNS);
        PackedTile.Finished done =
                (p, n, q, m, sum, at) -> sink.block(rows.from + i + p, n, columns.from + j + q, m, sum, at, COLUMNS);
        if (inPlace(h, w)) {
            Operand x = left(i, h, 0, k);
            StoredTile.multiply(x.panels(), x.at(), h, k, b.from(0, columns.from + j), w, tile, done);
            return;
        }
        boolean once = depth == k;
        float[] sums = once ? tile : SUMS.lines(up(h, ROWS) * up(w, COLUMNS));
        for (int from = 0; from < k; from += depth) {
            int steps = Math.min(depth, k - from);
            PackedTile.multiply(
                    left(i, h, from, steps),
                    right(j, w, from, steps),
                    h,
                    steps,
                    w,
                    sums,
                    once ? 0 : CacheLines.FIRST,
                    once ? 0 : up(w, COLUMNS),
                    from > 0,
                    from + steps == k ? done : UNFINISHED);
        }
    }

    /** Whether b is read where it lies: seldom enough that a copy would not pay. */
    private boolean inPlace(int h, int w) {
        return h <= FEW_ROWS && b.type() == DType.F32 && !b.transposed() && w % COLUMNS == 0 && k <= SHALLOW;
    }

    private Operand left(int i, int h, int from, int n) {
        if (left.length > 0) {
            return new Operand(left, CacheLines.FIRST + i * k + from * ROWS, k);
        }
        float[] own = OWN_LEFT.lines(up(h, ROWS) * n);
        packLeft(i, h, from, n, own, CacheLines.FIRST);
        return new Operand(own, CacheLines.FIRST, n);
    }

    private Operand right(int j, int w, int from, int n) {
        float[] own = RIGHT.lines(up(w, COLUMNS) * n);
        Matrix lines = b.from(from, columns.from + j);
        pack(lines, b.transposed(), w, n, COLUMNS, own, CacheLines.FIRST);
        return new Operand(own, CacheLines.FIRST, n);
    }
}
