package org.layerzoo.cpuvector.op.linear;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.layerzoo.core.op.Primitive;

/** c = a b of F64 matrices, a plain loop in the order that reads rows. */
final class PlainProduct {
    private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    private PlainProduct() {}

    static void run(
            Primitive.MatMul op,
            MemorySegment a,
            long aAt,
            MemorySegment b,
            long bAt,
            MemorySegment c,
            long cAt,
            int m,
            int k,
            int n) {
        double[] right = new double[k * n];
        for (int p = 0; p < k; p++) {
            for (int j = 0; j < n; j++) {
                right[p * n + j] = b.get(F64, (bAt + (op.transposeB() ? (long) j * k + p : (long) p * n + j)) * 8);
            }
        }
        double[] row = new double[n];
        for (int i = 0; i < m; i++) {
            java.util.Arrays.fill(row, 0);
            for (int p = 0; p < k; p++) {
                double x = a.get(F64, (aAt + (op.transposeA() ? (long) p * m + i : (long) i * k + p)) * 8);
                add(row, x, right, p * n);
            }
            MemorySegment.copy(row, 0, c, F64, (cAt + (long) i * n) * 8, n);
        }
    }

    private static void add(double[] row, double x, double[] right, int at) {
        for (int j = 0; j < row.length; j++) {
            row[j] += x * right[at + j];
        }
    }
}
