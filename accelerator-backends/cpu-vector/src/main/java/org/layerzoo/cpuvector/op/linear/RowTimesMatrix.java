package org.layerzoo.cpuvector.op.linear;

import java.util.Arrays;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** c = a b for few rows, where packing b would cost more than the product: b is read once. */
final class RowTimesMatrix {
    /** Up to so many rows this is the better way. */
    static final int FEW = 4;

    private static final int COLUMNS = 512;
    private static final Scratch ROWS = new Scratch();

    private RowTimesMatrix() {}

    static void run(Gemm.Matrix a, Gemm.Matrix b, int m, int k, int n, Gemm.Sink sink) {
        float[] left = new float[m * k + 64];
        Pack.rows(a.memory(), a.at(), a.ld(), a.transposed(), m, k, left, 0);
        int tasks = (n + COLUMNS - 1) / COLUMNS;
        Workers.run(tasks, 2L * m * k * n, t -> {
            int j = t * COLUMNS;
            int width = Math.min(COLUMNS, n - j);
            float[] c = new float[m * width + 64];
            if (b.transposed()) {
                dots(left, b, m, k, j, width, c);
            } else {
                sums(left, b, m, k, j, width, c);
            }
            for (int i = 0; i < m; i++) {
                sink.row(i, j, c, i * width, width);
            }
        });
    }

    private static void dots(float[] left, Gemm.Matrix b, int m, int k, int j, int width, float[] c) {
        float[] row = ROWS.floats(k);
        for (int x = 0; x < width; x++) {
            Floats.load(b.memory(), b.at() + (j + x) * b.ld(), row, 0, k);
            for (int i = 0; i < m; i++) {
                c[i * width + x] = (float) RowLoops.dot(left, i * k, row, 0, k);
            }
        }
    }

    private static void sums(float[] left, Gemm.Matrix b, int m, int k, int j, int width, float[] c) {
        float[] row = ROWS.floats(width);
        Arrays.fill(c, 0f);
        for (int p = 0; p < k; p++) {
            Floats.load(b.memory(), b.at() + p * b.ld() + j, row, 0, width);
            for (int i = 0; i < m; i++) {
                RowLoops.axpy(left[i * k + p], row, 0, c, i * width, width);
            }
        }
    }
}
