package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/**
 * c = a b for few rows, where time is that of reading b: each task reads its columns of b once, in runs of rows that fit the first-level
 * cache, and every row of a meets them there.
 */
final class RowTimesMatrix {
    /** Up to so many rows this is the better way. */
    static final int FEW = 8;

    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    /** Rows of b that are read together. */
    private static final int RUN = 4;

    private static final int COLUMNS = 1024;
    /** The same for one row, whose sums leave room in the cache for whole rows of b: the machine fetches those ahead best. */
    private static final int ONE_ROW = 8192;
    /** Elements of b that a part of k has at least, where b has one row to meet. */
    private static final int PART = 1 << 20;

    private static final int MOST_PARTS = 16;

    private static final int LINES = 64;
    private static final int DEPTH = 1024;
    private static final Scratch LEFT = new Scratch();
    private static final Scratch STRIP = new Scratch();
    private static final Scratch SUMS = new Scratch();
    private static final Scratch LANES = new Scratch();
    private static final Scratch PARTS = new Scratch();

    private RowTimesMatrix() {}

    static void run(Gemm.Matrix a, Gemm.Matrix b, int m, int k, int n, Gemm.Sink sink) {
        if (m == 1 && !b.transposed()) {
            one(a, b, k, n, sink);
            return;
        }
        int ld = Width.roundUp(k);
        float[] left = LEFT.floats((m + 1) * ld);
        Arrays.fill(left, 0, (m + 1) * ld, 0f);
        rows(a, m, k, left, ld);
        int step = b.transposed() ? LINES : COLUMNS;
        Workers.run((n + step - 1) / step, 2L * m * k * n, t -> {
            int j = t * step;
            int width = Math.min(step, n - j);
            float[] c = SUMS.floats(m * step);
            if (b.transposed()) {
                dots(left, ld, b.from(0, j), m, k, width, c);
            } else {
                sums(left, ld, b.from(0, j), m, k, width, c);
            }
            sink.block(0, m, j, width, c, 0, step);
        });
    }

    /** One row by parts of k, whose rows of b follow each other in memory; the parts' sums are added in order. */
    private static void one(Gemm.Matrix a, Gemm.Matrix b, int k, int n, Gemm.Sink sink) {
        int most = (int) Math.clamp((long) k * n / PART, 1, MOST_PARTS);
        int depth = (k + most * RUN - 1) / (most * RUN) * RUN;
        int parts = (k + depth - 1) / depth;
        int runs = (n + ONE_ROW - 1) / ONE_ROW;
        float[] all = PARTS.floats(parts * n);
        Workers.run(parts * runs, 2L * k * n, t -> {
            int p = t / runs * depth;
            int j = t % runs * ONE_ROW;
            int steps = Math.min(depth, k - p);
            int width = Math.min(ONE_ROW, n - j);
            float[] left = LEFT.floats(depth);
            Arrays.fill(left, 0, depth, 0f);
            rows(a.from(0, p), 1, steps, left, depth);
            float[] c = SUMS.floats(ONE_ROW);
            sums(left, depth, b.from(p, j), 1, steps, width, c);
            System.arraycopy(c, 0, all, t / runs * n + j, width);
        });
        for (int q = 1; q < parts; q++) {
            for (int i = 0; i < n; i++) {
                all[i] += all[q * n + i];
            }
        }
        sink.block(0, 1, 0, n, all, 0, n);
    }

    private static void rows(Gemm.Matrix a, int m, int k, float[] left, int ld) {
        if (!a.transposed()) {
            for (int i = 0; i < m; i++) {
                StoredRows.load(a.memory(), a.type(), a.at() + i * a.ld(), left, i * ld, k);
            }
            return;
        }
        float[] strip = STRIP.floats(m);
        for (int p = 0; p < k; p++) {
            StoredRows.load(a.memory(), a.type(), a.at() + p * a.ld(), strip, 0, m);
            for (int i = 0; i < m; i++) {
                left[i * ld + p] = strip[i];
            }
        }
    }

    /** b by rows, four at once, where they lie: c [m, COLUMNS] += a column of a times a row of b. Edges go by a copy with whole vectors and runs. */
    private static void sums(float[] left, int ld, Gemm.Matrix b, int m, int k, int width, float[] c) {
        for (int i = 0; i < m; i++) {
            Arrays.fill(c, i * COLUMNS, i * COLUMNS + Width.roundUp(width), 0f);
        }
        int whole = b.type() == DType.F32 ? width / L * L : 0;
        for (int p = 0; p < k; p += RUN) {
            int rows = Math.min(RUN, k - p);
            int direct = rows == RUN ? whole : 0;
            if (direct > 0) {
                long from = (b.at() + p * b.ld()) * 4;
                pairs(left, p, ld, b.memory(), from, b.ld() * 4, direct, m, c, 0);
            }
            if (direct < width) {
                MemorySegment edge = edge(b.from(p, direct), rows, width - direct);
                int w = Width.roundUp(width - direct);
                pairs(left, p, ld, edge, 0, 4L * w, w, m, c, direct);
            }
        }
    }

    /** RUN rows by whole vectors of columns; rows behind the given ones meet zeros of a, so they are zero. */
    private static MemorySegment edge(Gemm.Matrix b, int rows, int columns) {
        int w = Width.roundUp(columns);
        float[] strip = STRIP.floats(RUN * w);
        Arrays.fill(strip, 0, RUN * w, 0f);
        for (int r = 0; r < rows; r++) {
            StoredRows.load(b.memory(), b.type(), b.at() + r * b.ld(), strip, r * w, columns);
        }
        MemorySegment to = Widened.memory((long) RUN * w);
        Floats.store(strip, 0, to, 0, RUN * w);
        return to;
    }

    private static void pairs(
            float[] left, int p, int ld, MemorySegment b, long from, long step, int w, int m, float[] c, int column) {
        for (int i = 0; i < m; i += 2) {
            if (i + 1 < m) {
                twoRows(left, i * ld + p, ld, b, from, step, w, c, i * COLUMNS + column);
            } else {
                oneRow(left, i * ld + p, b, from, step, w, c, i * COLUMNS + column);
            }
        }
    }

    private static FloatVector at(MemorySegment b, long from) {
        return FloatVector.fromMemorySegment(S, b, from, ORDER);
    }

    private static void oneRow(float[] a, int at, MemorySegment b, long from, long step, int w, float[] c, int to) {
        FloatVector x0 = broadcast(S, a[at]), x1 = broadcast(S, a[at + 1]);
        FloatVector x2 = broadcast(S, a[at + 2]), x3 = broadcast(S, a[at + 3]);
        for (int j = 0; j < w; j += L) {
            long q = from + 4L * j;
            FloatVector s = x0.fma(at(b, q), fromArray(S, c, to + j));
            s = x1.fma(at(b, q + step), s);
            s = x2.fma(at(b, q + 2 * step), s);
            x3.fma(at(b, q + 3 * step), s).intoArray(c, to + j);
        }
    }

    private static void twoRows(
            float[] a, int at, int ld, MemorySegment b, long from, long step, int w, float[] c, int to) {
        FloatVector x0 = broadcast(S, a[at]), x1 = broadcast(S, a[at + 1]);
        FloatVector x2 = broadcast(S, a[at + 2]), x3 = broadcast(S, a[at + 3]);
        FloatVector y0 = broadcast(S, a[at + ld]), y1 = broadcast(S, a[at + ld + 1]);
        FloatVector y2 = broadcast(S, a[at + ld + 2]), y3 = broadcast(S, a[at + ld + 3]);
        for (int j = 0; j < w; j += L) {
            long q = from + 4L * j;
            FloatVector v = at(b, q);
            FloatVector s = x0.fma(v, fromArray(S, c, to + j)), t = y0.fma(v, fromArray(S, c, to + COLUMNS + j));
            v = at(b, q + step);
            s = x1.fma(v, s);
            t = y1.fma(v, t);
            v = at(b, q + 2 * step);
            s = x2.fma(v, s);
            t = y2.fma(v, t);
            v = at(b, q + 3 * step);
            x3.fma(v, s).intoArray(c, to + j);
            y3.fma(v, t).intoArray(c, to + COLUMNS + j);
        }
    }

    /** b by columns that lie as rows: dot products, two rows of a with four columns of b at once. */
    private static void dots(float[] left, int ld, Gemm.Matrix b, int m, int k, int width, float[] c) {
        float[] strip = STRIP.floats(RUN * DEPTH);
        float[] lanes = LANES.floats((m + 1) * RUN * L);
        for (int j = 0; j < width; j += RUN) {
            int columns = Math.min(RUN, width - j);
            Arrays.fill(lanes, 0, (m + 1) * RUN * L, 0f);
            for (int p = 0; p < k; p += DEPTH) {
                int steps = Math.min(DEPTH, k - p);
                int w = Width.roundUp(steps);
                for (int r = 0; r < columns; r++) {
                    StoredRows.load(b.memory(), b.type(), b.at() + (j + r) * b.ld() + p, strip, r * DEPTH, steps);
                    Arrays.fill(strip, r * DEPTH + steps, r * DEPTH + w, 0f);
                }
                for (int i = 0; i < m; i += 2) {
                    if (i + 1 < m) {
                        twoDots(left, i * ld + p, ld, strip, w, lanes, i * RUN * L);
                    } else {
                        oneDot(left, i * ld + p, strip, w, lanes, i * RUN * L);
                    }
                }
            }
            for (int i = 0; i < m; i++) {
                for (int r = 0; r < columns; r++) {
                    c[i * LINES + j + r] = total(lanes, (i * RUN + r) * L);
                }
            }
        }
    }

    private static void oneDot(float[] a, int at, float[] b, int w, float[] lanes, int to) {
        FloatVector s0 = fromArray(S, lanes, to), s1 = fromArray(S, lanes, to + L);
        FloatVector s2 = fromArray(S, lanes, to + 2 * L), s3 = fromArray(S, lanes, to + 3 * L);
        for (int p = 0; p < w; p += L) {
            FloatVector x = fromArray(S, a, at + p);
            s0 = x.fma(fromArray(S, b, p), s0);
            s1 = x.fma(fromArray(S, b, DEPTH + p), s1);
            s2 = x.fma(fromArray(S, b, 2 * DEPTH + p), s2);
            s3 = x.fma(fromArray(S, b, 3 * DEPTH + p), s3);
        }
        s0.intoArray(lanes, to);
        s1.intoArray(lanes, to + L);
        s2.intoArray(lanes, to + 2 * L);
        s3.intoArray(lanes, to + 3 * L);
    }

    private static void twoDots(float[] a, int at, int ld, float[] b, int w, float[] lanes, int to) {
        int second = to + RUN * L;
        FloatVector s0 = fromArray(S, lanes, to), s1 = fromArray(S, lanes, to + L);
        FloatVector s2 = fromArray(S, lanes, to + 2 * L), s3 = fromArray(S, lanes, to + 3 * L);
        FloatVector t0 = fromArray(S, lanes, second), t1 = fromArray(S, lanes, second + L);
        FloatVector t2 = fromArray(S, lanes, second + 2 * L), t3 = fromArray(S, lanes, second + 3 * L);
        for (int p = 0; p < w; p += L) {
            FloatVector x = fromArray(S, a, at + p), y = fromArray(S, a, at + ld + p);
            FloatVector u = fromArray(S, b, p), v = fromArray(S, b, DEPTH + p);
            s0 = x.fma(u, s0);
            t0 = y.fma(u, t0);
            s1 = x.fma(v, s1);
            t1 = y.fma(v, t1);
            u = fromArray(S, b, 2 * DEPTH + p);
            v = fromArray(S, b, 3 * DEPTH + p);
            s2 = x.fma(u, s2);
            t2 = y.fma(u, t2);
            s3 = x.fma(v, s3);
            t3 = y.fma(v, t3);
        }
        s0.intoArray(lanes, to);
        s1.intoArray(lanes, to + L);
        s2.intoArray(lanes, to + 2 * L);
        s3.intoArray(lanes, to + 3 * L);
        t0.intoArray(lanes, second);
        t1.intoArray(lanes, second + L);
        t2.intoArray(lanes, second + 2 * L);
        t3.intoArray(lanes, second + 3 * L);
    }

    /** Pairwise, in one order for compiled and interpreted code. */
    private static float total(float[] lanes, int at) {
        for (int d = L / 2; d > 0; d /= 2) {
            for (int i = 0; i < d; i++) {
                lanes[at + i] += lanes[at + i + d];
            }
        }
        return lanes[at];
    }
}
