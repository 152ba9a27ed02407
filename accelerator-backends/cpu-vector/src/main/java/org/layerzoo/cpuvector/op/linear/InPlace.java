package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/**
 * c = a b of small F32 matrices without packing, where turning a or copying b would cost a good part of the arithmetic: b and c are
 * used where they lie, a by rows from an array. 6 rows by 4 vectors, 24 accumulators, so only with 32 registers.
 *
 * <p>Ladder for 64 products of 128x64 by 64x128 on one core, pure arithmetic 0.77 ms: 12x2 over packed operands 1.14; 12x2 with a packed and b in place
 * 1.16; 6x4 with b packed 1.07; 6x4 with b in place 1.03. LibTorch 1.04.
 */
final class InPlace {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int ROWS = 6;
    private static final int LESS = 4;
    private static final int COLUMNS = 4 * L;
    /** Depth at which a run of b's rows still lies in the second-level cache and one register sums a column. */
    private static final int DEEPEST = 256;
    /** Beyond so many rows b would be read in strides too often. */
    private static final int TALLEST = 160;
    /** Columns of a task. */
    private static final int RUN = 8 * COLUMNS;

    private static final Scratch LEFT = new Scratch();
    /** The last columns of b, and a tile of c. */
    private static final ThreadLocal<MemorySegment> EDGE =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(4L * (DEEPEST + ROWS) * COLUMNS, 64));

    private InPlace() {}

    static boolean fits(Gemm.Matrix a, Gemm.Matrix b, int m, int k, Gemm.Sink sink) {
        return L == 16
                && m <= TALLEST
                && k <= DEEPEST
                && a.type() == DType.F32
                && b.type() == DType.F32
                && !a.transposed()
                && !b.transposed()
                && sink instanceof StoredRows c
                && c.type() == DType.F32;
    }

    /** What {@link #fits}. */
    static void run(Gemm.Matrix a, Gemm.Matrix b, int m, int k, int n, Gemm.Sink sink) {
        StoredRows c = (StoredRows) sink;
        // Rows behind the last are computed and not stored.
        float[] left = LEFT.floats((m + ROWS) * k);
        if (a.ld() == k) {
            Floats.load(a.memory(), a.at(), left, 0, m * k);
        } else {
            for (int i = 0; i < m; i++) {
                Floats.load(a.memory(), a.at() + i * a.ld(), left, i * k, k);
            }
        }
        Workers.run(
                (n + RUN - 1) / RUN,
                2L * m * k * n,
                t -> columns(left, b, m, k, t * RUN, Math.min(n, (t + 1) * RUN), c));
    }

    private static void columns(float[] left, Gemm.Matrix b, int m, int k, int from, int end, StoredRows c) {
        int whole = from + (end - from) / COLUMNS * COLUMNS;
        MemorySegment edge = EDGE.get();
        for (int p = 0; p < k && whole < end; p++) {
            MemorySegment.copy(
                    b.memory(), 4 * (b.at() + p * b.ld() + whole), edge, 4L * p * COLUMNS, 4L * (end - whole));
        }
        for (int i = 0; i < m; ) {
            int rest = m - i;
            int step = rest == 2 * LESS || rest <= LESS ? LESS : ROWS;
            for (int j = from; j < end; j += COLUMNS) {
                boolean inside = j < whole;
                MemorySegment x = inside ? b.memory() : edge;
                long at = inside ? 4 * (b.at() + j) : 0;
                long ld = inside ? 4 * b.ld() : 4L * COLUMNS;
                if (inside && step <= rest) {
                    tile(step, k, left, i * k, x, at, ld, c.memory(), 4 * (c.at() + i * c.ld() + j), 4 * c.ld());
                } else {
                    tile(step, k, left, i * k, x, at, ld, edge, 4L * DEEPEST * COLUMNS, 4L * COLUMNS);
                    for (int r = 0; r < Math.min(step, rest); r++) {
                        MemorySegment.copy(
                                edge,
                                4L * (DEEPEST + r) * COLUMNS,
                                c.memory(),
                                4 * (c.at() + (i + r) * c.ld() + j),
                                4L * Math.min(COLUMNS, end - j));
                    }
                }
            }
            i += step;
        }
    }

    private static void tile(
            int rows,
            int steps,
            float[] a,
            int aAt,
            MemorySegment b,
            long from,
            long ldb,
            MemorySegment c,
            long to,
            long ldc) {
        if (rows == ROWS) {
            six(steps, a, aAt, steps, b, from, ldb, c, to, ldc);
        } else {
            four(steps, a, aAt, steps, b, from, ldb, c, to, ldc);
        }
    }

    private static void six(
            int steps,
            float[] a,
            int a0,
            int lda,
            MemorySegment b,
            long from,
            long ldb,
            MemorySegment c,
            long to,
            long ldc) {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, t0 = z, u0 = z, v0 = z;
        FloatVector s1 = z, t1 = z, u1 = z, v1 = z;
        FloatVector s2 = z, t2 = z, u2 = z, v2 = z;
        FloatVector s3 = z, t3 = z, u3 = z, v3 = z;
        FloatVector s4 = z, t4 = z, u4 = z, v4 = z;
        FloatVector s5 = z, t5 = z, u5 = z, v5 = z;
        int a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda, a5 = a4 + lda;
        long q = from;
        for (int k = 0; k < steps; k++, q += ldb) {
            FloatVector d = fromMemorySegment(S, b, q + 0 * L, ORDER);
            FloatVector e = fromMemorySegment(S, b, q + 4 * L, ORDER);
            FloatVector f = fromMemorySegment(S, b, q + 8 * L, ORDER);
            FloatVector g = fromMemorySegment(S, b, q + 12 * L, ORDER);
            FloatVector x;
            x = broadcast(S, a[a0 + k]);
            s0 = x.fma(d, s0);
            t0 = x.fma(e, t0);
            u0 = x.fma(f, u0);
            v0 = x.fma(g, v0);
            x = broadcast(S, a[a1 + k]);
            s1 = x.fma(d, s1);
            t1 = x.fma(e, t1);
            u1 = x.fma(f, u1);
            v1 = x.fma(g, v1);
            x = broadcast(S, a[a2 + k]);
            s2 = x.fma(d, s2);
            t2 = x.fma(e, t2);
            u2 = x.fma(f, u2);
            v2 = x.fma(g, v2);
            x = broadcast(S, a[a3 + k]);
            s3 = x.fma(d, s3);
            t3 = x.fma(e, t3);
            u3 = x.fma(f, u3);
            v3 = x.fma(g, v3);
            x = broadcast(S, a[a4 + k]);
            s4 = x.fma(d, s4);
            t4 = x.fma(e, t4);
            u4 = x.fma(f, u4);
            v4 = x.fma(g, v4);
            x = broadcast(S, a[a5 + k]);
            s5 = x.fma(d, s5);
            t5 = x.fma(e, t5);
            u5 = x.fma(f, u5);
            v5 = x.fma(g, v5);
        }
        s0.intoMemorySegment(c, to + 0 * ldc + 0 * L, ORDER);
        t0.intoMemorySegment(c, to + 0 * ldc + 4 * L, ORDER);
        u0.intoMemorySegment(c, to + 0 * ldc + 8 * L, ORDER);
        v0.intoMemorySegment(c, to + 0 * ldc + 12 * L, ORDER);
        s1.intoMemorySegment(c, to + 1 * ldc + 0 * L, ORDER);
        t1.intoMemorySegment(c, to + 1 * ldc + 4 * L, ORDER);
        u1.intoMemorySegment(c, to + 1 * ldc + 8 * L, ORDER);
        v1.intoMemorySegment(c, to + 1 * ldc + 12 * L, ORDER);
        s2.intoMemorySegment(c, to + 2 * ldc + 0 * L, ORDER);
        t2.intoMemorySegment(c, to + 2 * ldc + 4 * L, ORDER);
        u2.intoMemorySegment(c, to + 2 * ldc + 8 * L, ORDER);
        v2.intoMemorySegment(c, to + 2 * ldc + 12 * L, ORDER);
        s3.intoMemorySegment(c, to + 3 * ldc + 0 * L, ORDER);
        t3.intoMemorySegment(c, to + 3 * ldc + 4 * L, ORDER);
        u3.intoMemorySegment(c, to + 3 * ldc + 8 * L, ORDER);
        v3.intoMemorySegment(c, to + 3 * ldc + 12 * L, ORDER);
        s4.intoMemorySegment(c, to + 4 * ldc + 0 * L, ORDER);
        t4.intoMemorySegment(c, to + 4 * ldc + 4 * L, ORDER);
        u4.intoMemorySegment(c, to + 4 * ldc + 8 * L, ORDER);
        v4.intoMemorySegment(c, to + 4 * ldc + 12 * L, ORDER);
        s5.intoMemorySegment(c, to + 5 * ldc + 0 * L, ORDER);
        t5.intoMemorySegment(c, to + 5 * ldc + 4 * L, ORDER);
        u5.intoMemorySegment(c, to + 5 * ldc + 8 * L, ORDER);
        v5.intoMemorySegment(c, to + 5 * ldc + 12 * L, ORDER);
    }

    private static void four(
            int steps,
            float[] a,
            int a0,
            int lda,
            MemorySegment b,
            long from,
            long ldb,
            MemorySegment c,
            long to,
            long ldc) {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, t0 = z, u0 = z, v0 = z;
        FloatVector s1 = z, t1 = z, u1 = z, v1 = z;
        FloatVector s2 = z, t2 = z, u2 = z, v2 = z;
        FloatVector s3 = z, t3 = z, u3 = z, v3 = z;
        int a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
        long q = from;
        for (int k = 0; k < steps; k++, q += ldb) {
            FloatVector d = fromMemorySegment(S, b, q + 0 * L, ORDER);
            FloatVector e = fromMemorySegment(S, b, q + 4 * L, ORDER);
            FloatVector f = fromMemorySegment(S, b, q + 8 * L, ORDER);
            FloatVector g = fromMemorySegment(S, b, q + 12 * L, ORDER);
            FloatVector x;
            x = broadcast(S, a[a0 + k]);
            s0 = x.fma(d, s0);
            t0 = x.fma(e, t0);
            u0 = x.fma(f, u0);
            v0 = x.fma(g, v0);
            x = broadcast(S, a[a1 + k]);
            s1 = x.fma(d, s1);
            t1 = x.fma(e, t1);
            u1 = x.fma(f, u1);
            v1 = x.fma(g, v1);
            x = broadcast(S, a[a2 + k]);
            s2 = x.fma(d, s2);
            t2 = x.fma(e, t2);
            u2 = x.fma(f, u2);
            v2 = x.fma(g, v2);
            x = broadcast(S, a[a3 + k]);
            s3 = x.fma(d, s3);
            t3 = x.fma(e, t3);
            u3 = x.fma(f, u3);
            v3 = x.fma(g, v3);
        }
        s0.intoMemorySegment(c, to + 0 * ldc + 0 * L, ORDER);
        t0.intoMemorySegment(c, to + 0 * ldc + 4 * L, ORDER);
        u0.intoMemorySegment(c, to + 0 * ldc + 8 * L, ORDER);
        v0.intoMemorySegment(c, to + 0 * ldc + 12 * L, ORDER);
        s1.intoMemorySegment(c, to + 1 * ldc + 0 * L, ORDER);
        t1.intoMemorySegment(c, to + 1 * ldc + 4 * L, ORDER);
        u1.intoMemorySegment(c, to + 1 * ldc + 8 * L, ORDER);
        v1.intoMemorySegment(c, to + 1 * ldc + 12 * L, ORDER);
        s2.intoMemorySegment(c, to + 2 * ldc + 0 * L, ORDER);
        t2.intoMemorySegment(c, to + 2 * ldc + 4 * L, ORDER);
        u2.intoMemorySegment(c, to + 2 * ldc + 8 * L, ORDER);
        v2.intoMemorySegment(c, to + 2 * ldc + 12 * L, ORDER);
        s3.intoMemorySegment(c, to + 3 * ldc + 0 * L, ORDER);
        t3.intoMemorySegment(c, to + 3 * ldc + 4 * L, ORDER);
        u3.intoMemorySegment(c, to + 3 * ldc + 8 * L, ORDER);
        v3.intoMemorySegment(c, to + 3 * ldc + 12 * L, ORDER);
    }
}
