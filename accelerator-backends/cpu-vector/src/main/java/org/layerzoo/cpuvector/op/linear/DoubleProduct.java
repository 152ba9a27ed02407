package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.DoubleVector.broadcast;
import static jdk.incubator.vector.DoubleVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/**
 * c = a b of F64 matrices: b in panels of two vectors, a by rows in arrays, 6 rows by two vectors in registers. A task takes some rows of c; all
 * tasks read one packed b.
 */
final class DoubleProduct {
    private static final VectorSpecies<Double> S = VectorSpecies.of(double.class, Width.FLOATS.vectorShape());
    private static final int L = S.length();
    private static final int ROWS = 6;
    private static final int COLUMNS = 2 * L;
    private static final int ROW_BLOCK = 8 * ROWS;
    /** Steps whose panel of b fills two thirds of a first-level cache at 512 bit. */
    private static final int RUN = 256;
    /** Elements of b that are packed at once. */
    private static final int PACKED = 1 << 21;

    private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final ThreadLocal<double[]> LEFT = ThreadLocal.withInitial(() -> new double[0]);
    private static final ThreadLocal<double[]> RIGHT = ThreadLocal.withInitial(() -> new double[0]);
    private static final ThreadLocal<double[]> LINE = ThreadLocal.withInitial(() -> new double[0]);
    private static final ThreadLocal<double[]> TILE = ThreadLocal.withInitial(() -> new double[ROWS * COLUMNS]);

    private DoubleProduct() {}

    /** @param c rows n elements apart, the first at {@code cAt} */
    static void run(Gemm.Matrix a, Gemm.Matrix b, int m, int k, int n, MemorySegment c, long cAt) {
        int width = Math.max(1, PACKED / k / COLUMNS) * COLUMNS;
        for (int j = 0; j < n; j += width) {
            int first = j;
            int w = Math.min(width, n - j);
            int panels = (w + COLUMNS - 1) / COLUMNS;
            double[] right = array(RIGHT, panels * COLUMNS * k);
            Workers.run(
                    panels,
                    (long) w * k,
                    t -> panel(
                            b.from(0, first + t * COLUMNS),
                            k,
                            Math.min(COLUMNS, w - t * COLUMNS),
                            right,
                            t * COLUMNS * k));
            Workers.run((m + ROW_BLOCK - 1) / ROW_BLOCK, 2L * m * k * w, t -> {
                int i = t * ROW_BLOCK;
                int h = Math.min(ROW_BLOCK, m - i);
                // Rows behind the last are computed and not stored.
                double[] left = array(LEFT, (ROW_BLOCK + ROWS) * k);
                rows(a.from(i, 0), h, k, left);
                block(left, h, k, right, w, c, cAt + (long) i * n + first, n);
            });
        }
    }

    private static double[] array(ThreadLocal<double[]> mine, int n) {
        double[] x = mine.get();
        if (x.length < n) {
            x = new double[n];
            mine.set(x);
        }
        return x;
    }

    /** Columns of b as [k, COLUMNS]. */
    private static void panel(Gemm.Matrix b, int k, int width, double[] out, int at) {
        if (width < COLUMNS) {
            Arrays.fill(out, at, at + k * COLUMNS, 0);
        }
        if (!b.transposed()) {
            for (int p = 0; p < k; p++) {
                MemorySegment.copy(b.memory(), F64, (b.at() + p * b.ld()) * 8, out, at + p * COLUMNS, width);
            }
            return;
        }
        double[] line = array(LINE, k);
        for (int j = 0; j < width; j++) {
            MemorySegment.copy(b.memory(), F64, (b.at() + j * b.ld()) * 8, line, 0, k);
            for (int p = 0; p < k; p++) {
                out[at + p * COLUMNS + j] = line[p];
            }
        }
    }

    /** Rows of a as [count, k]. */
    private static void rows(Gemm.Matrix a, int count, int k, double[] out) {
        if (!a.transposed()) {
            for (int i = 0; i < count; i++) {
                MemorySegment.copy(a.memory(), F64, (a.at() + i * a.ld()) * 8, out, i * k, k);
            }
            return;
        }
        double[] line = array(LINE, count);
        for (int p = 0; p < k; p++) {
            MemorySegment.copy(a.memory(), F64, (a.at() + p * a.ld()) * 8, line, 0, count);
            for (int i = 0; i < count; i++) {
                out[i * k + p] = line[i];
            }
        }
    }

    private static void block(double[] left, int h, int k, double[] right, int w, MemorySegment c, long at, int ld) {
        double[] tile = TILE.get();
        for (int j = 0; j < w; j += COLUMNS) {
            for (int i = 0; i < h; i += ROWS) {
                Arrays.fill(tile, 0);
                for (int p = 0; p < k; p += RUN) {
                    tile(Math.min(RUN, k - p), left, i * k + p, k, right, j * k + p * COLUMNS, tile);
                }
                for (int r = 0; r < Math.min(ROWS, h - i); r++) {
                    long to = (at + (long) (i + r) * ld + j) * 8;
                    MemorySegment.copy(tile, r * COLUMNS, c, F64, to, Math.min(COLUMNS, w - j));
                }
            }
        }
    }

    /** c [ROWS, COLUMNS] += a b. */
    private static void tile(int steps, double[] a, int a0, int lda, double[] b, int bAt, double[] c) {
        DoubleVector z = DoubleVector.zero(S);
        DoubleVector s0 = z, t0 = z, s1 = z, t1 = z, s2 = z, t2 = z;
        DoubleVector s3 = z, t3 = z, s4 = z, t4 = z, s5 = z, t5 = z;
        int a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda, a5 = a4 + lda;
        for (int k = 0; k < steps; k++) {
            DoubleVector x = fromArray(S, b, bAt + k * COLUMNS), y = fromArray(S, b, bAt + k * COLUMNS + L), v;
            v = broadcast(S, a[a0 + k]);
            s0 = v.fma(x, s0);
            t0 = v.fma(y, t0);
            v = broadcast(S, a[a1 + k]);
            s1 = v.fma(x, s1);
            t1 = v.fma(y, t1);
            v = broadcast(S, a[a2 + k]);
            s2 = v.fma(x, s2);
            t2 = v.fma(y, t2);
            v = broadcast(S, a[a3 + k]);
            s3 = v.fma(x, s3);
            t3 = v.fma(y, t3);
            v = broadcast(S, a[a4 + k]);
            s4 = v.fma(x, s4);
            t4 = v.fma(y, t4);
            v = broadcast(S, a[a5 + k]);
            s5 = v.fma(x, s5);
            t5 = v.fma(y, t5);
        }
        s0.add(fromArray(S, c, 0 * COLUMNS)).intoArray(c, 0 * COLUMNS);
        t0.add(fromArray(S, c, 0 * COLUMNS + L)).intoArray(c, 0 * COLUMNS + L);
        s1.add(fromArray(S, c, 1 * COLUMNS)).intoArray(c, 1 * COLUMNS);
        t1.add(fromArray(S, c, 1 * COLUMNS + L)).intoArray(c, 1 * COLUMNS + L);
        s2.add(fromArray(S, c, 2 * COLUMNS)).intoArray(c, 2 * COLUMNS);
        t2.add(fromArray(S, c, 2 * COLUMNS + L)).intoArray(c, 2 * COLUMNS + L);
        s3.add(fromArray(S, c, 3 * COLUMNS)).intoArray(c, 3 * COLUMNS);
        t3.add(fromArray(S, c, 3 * COLUMNS + L)).intoArray(c, 3 * COLUMNS + L);
        s4.add(fromArray(S, c, 4 * COLUMNS)).intoArray(c, 4 * COLUMNS);
        t4.add(fromArray(S, c, 4 * COLUMNS + L)).intoArray(c, 4 * COLUMNS + L);
        s5.add(fromArray(S, c, 5 * COLUMNS)).intoArray(c, 5 * COLUMNS);
        t5.add(fromArray(S, c, 5 * COLUMNS + L)).intoArray(c, 5 * COLUMNS + L);
    }
}
