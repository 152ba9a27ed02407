package org.layerzoo.cpuvector.op.linear;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;

/** Copies of matrices in the layouts that {@link Tile} reads; missing columns are zero. */
public final class Pack {
    private static final int COLUMNS = Tile.COLUMNS;
    private static final int STRIP = 64;
    private static final Scratch STRIPS = new Scratch();

    private Pack() {}

    /** Panels of a matrix in tensor memory. @param b [k, n], or [n, k] when transposed; element (0, 0) at {@code at}, rows {@code ld} apart */
    public static void panels(
            MemorySegment b, long at, long ld, boolean transposed, int k, int n, float[] out, int outAt) {
        for (int j = 0; j < n; j += COLUMNS) {
            int width = Math.min(COLUMNS, n - j);
            int panel = outAt + j * k;
            if (transposed) {
                transposedPanel(b, at + j * ld, ld, k, width, out, panel);
            } else {
                for (int p = 0; p < k; p++) {
                    Floats.load(b, at + p * ld + j, out, panel + p * COLUMNS, width);
                    clear(out, panel + p * COLUMNS, width);
                }
            }
        }
    }

    /** Panels of a row-major array. @param b [k, n], or [n, k] when transposed */
    public static void panels(float[] b, int at, int ld, boolean transposed, int k, int n, float[] out, int outAt) {
        for (int j = 0; j < n; j += COLUMNS) {
            int width = Math.min(COLUMNS, n - j);
            int panel = outAt + j * k;
            if (transposed) {
                transpose(b, at + j * ld, ld, k, width, out, panel);
            } else {
                for (int p = 0; p < k; p++) {
                    System.arraycopy(b, at + p * ld + j, out, panel + p * COLUMNS, width);
                    clear(out, panel + p * COLUMNS, width);
                }
            }
        }
    }

    private static void clear(float[] out, int at, int width) {
        if (width < COLUMNS) {
            Arrays.fill(out, at + width, at + COLUMNS, 0f);
        }
    }

    private static void transposedPanel(MemorySegment b, long at, long ld, int k, int width, float[] out, int panel) {
        float[] strip = STRIPS.floats(STRIP * COLUMNS);
        for (int p = 0; p < k; p += STRIP) {
            int depth = Math.min(STRIP, k - p);
            for (int j = 0; j < width; j++) {
                Floats.load(b, at + j * ld + p, strip, j * depth, depth);
            }
            transpose(strip, 0, depth, depth, width, out, panel + p * COLUMNS);
        }
    }

    /** [width, k] -> [k, COLUMNS]. */
    private static void transpose(float[] b, int at, int ld, int k, int width, float[] out, int panel) {
        for (int p = 0; p < k; p++) {
            int to = panel + p * COLUMNS;
            for (int j = 0; j < width; j++) {
                out[to + j] = b[at + j * ld + p];
            }
            clear(out, to, width);
        }
    }

    /** Rows of a matrix as a row-major array [m, k]. @param a [m, k], or [k, m] when transposed */
    public static void rows(
            MemorySegment a, long at, long ld, boolean transposed, int m, int k, float[] out, int outAt) {
        if (!transposed) {
            for (int i = 0; i < m; i++) {
                Floats.load(a, at + i * ld, out, outAt + i * k, k);
            }
            return;
        }
        float[] strip = STRIPS.floats(m);
        for (int p = 0; p < k; p++) {
            Floats.load(a, at + p * ld, strip, 0, m);
            for (int i = 0; i < m; i++) {
                out[outAt + i * k + p] = strip[i];
            }
        }
    }
}
