package org.layerzoo.cpuvector.op.linear;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Workers;

/**
 * c = a b of F32 matrices in tensor memory. B is packed once and shared; each task computes a block of 96 rows by 512
 * columns in an array and hands its finished rows to a sink. An element's additions have one order, whatever the tasks.
 */
public final class Gemm {
    private static final int ROW_BLOCK = 96;
    private static final int COLUMN_BLOCK = 512;
    private static final int PACK_LIMIT = 4 << 20;
    private static final Scratch A = new Scratch();
    private static final Scratch B = new Scratch();
    private static final Scratch C = new Scratch();

    private Gemm() {}

    /** A matrix in tensor memory: element (0, 0) at {@code at}, stored rows {@code ld} elements apart, stored transposed or not. */
    public record Matrix(MemorySegment memory, long at, long ld, boolean transposed) {}

    /** Takes n finished elements of a row of c from a column on; they lie in {@code c} from {@code from} on and may be changed there. */
    @FunctionalInterface
    public interface Sink {
        void row(int row, int column, float[] c, int from, int n);
    }

    /** Writes rows ld apart. */
    public static Sink into(MemorySegment memory, long at, long ld) {
        return (row, column, c, from, n) -> Floats.store(c, from, memory, at + row * ld + column, n);
    }

    /** a [m, k] b [k, n], in parallel, in the way that suits the number of rows. */
    public static void product(Matrix a, Matrix b, int m, int k, int n, Sink sink) {
        if (m <= RowTimesMatrix.FEW) {
            RowTimesMatrix.run(a, b, m, k, n, sink);
        } else {
            run(a, b, m, k, n, sink);
        }
    }

    /** a [m, k] b [k, n], in parallel. */
    public static void run(Matrix a, Matrix b, int m, int k, int n, Sink sink) {
        int chunk = chunk(k, n);
        for (int n0 = 0; n0 < n; n0 += chunk) {
            int width = Math.min(chunk, n - n0);
            float[] panels = B.floats(Tile.columns(width) * k);
            int at = n0;
            int panelTasks = (width + 127) / 128;
            int per = Tile.columns((width + panelTasks - 1) / panelTasks);
            Workers.run(panelTasks, (long) k * width, t -> {
                int j = t * per;
                if (j < width) {
                    Pack.panels(
                            b.memory,
                            origin(b, at + j),
                            b.ld,
                            b.transposed,
                            k,
                            Math.min(per, width - j),
                            panels,
                            j * k);
                }
            });
            int rowTasks = (m + ROW_BLOCK - 1) / ROW_BLOCK;
            int columnTasks = (width + COLUMN_BLOCK - 1) / COLUMN_BLOCK;
            Workers.run(rowTasks * columnTasks, 2L * m * k * width, t -> {
                int j = t % columnTasks * COLUMN_BLOCK;
                block(a, t / columnTasks * ROW_BLOCK, m, k, panels, j, Math.min(COLUMN_BLOCK, width - j), at, sink);
            });
        }
    }

    /** The same on the calling thread alone. */
    public static void serial(Matrix a, Matrix b, int m, int k, int n, Sink sink) {
        int chunk = chunk(k, n);
        for (int n0 = 0; n0 < n; n0 += chunk) {
            int width = Math.min(chunk, n - n0);
            float[] panels = B.floats(Tile.columns(width) * k);
            Pack.panels(b.memory, origin(b, n0), b.ld, b.transposed, k, width, panels, 0);
            for (int j = 0; j < width; j += COLUMN_BLOCK) {
                for (int i = 0; i < m; i += ROW_BLOCK) {
                    block(a, i, m, k, panels, j, Math.min(COLUMN_BLOCK, width - j), n0, sink);
                }
            }
        }
    }

    private static int chunk(int k, int n) {
        return Math.min(
                Tile.columns(n), Math.max(COLUMN_BLOCK, PACK_LIMIT / Math.max(1, k) / COLUMN_BLOCK * COLUMN_BLOCK));
    }

    private static long origin(Matrix b, long column) {
        return b.at + (b.transposed ? column * b.ld : column);
    }

    private static void block(Matrix a, int i, int m, int k, float[] panels, int j, int width, int n0, Sink sink) {
        int rows = Math.min(ROW_BLOCK, m - i);
        int padded = Tile.rows(rows);
        float[] left = A.floats(padded * k);
        Pack.rows(a.memory, a.at + (a.transposed ? i : i * a.ld), a.ld, a.transposed, rows, k, left, 0);
        Arrays.fill(left, rows * k, padded * k, 0f);
        int ldc = Tile.columns(width);
        float[] c = C.floats(padded * ldc);
        Arrays.fill(c, 0, padded * ldc, 0f);
        Tile.multiply(left, 0, k, rows, k, panels, j * k, k, width, c, 0, ldc);
        for (int r = 0; r < rows; r++) {
            sink.row(i + r, n0 + j, c, r * ldc, width);
        }
    }
}
