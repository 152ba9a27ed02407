package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;

/**
 * Copies lines of k elements from tensor memory into panels [lines / width][k][width], the layout {@link PackedTile} reads. Places of a
 * last panel that belong to no line are left as they are.
 */
final class Panels {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final Scratch LINES = new Scratch();

    private Panels() {}

    /** Lines that are stored rows, {@code ld} apart. */
    static void turned(MemorySegment s, long at, long ld, int lines, int k, int width, float[] out, int outAt) {
        for (int i = 0; i < lines; i += width) {
            // A vector stored at a narrow width spills into the next step, whose own values come later; the last one
            // has no next.
            int end = width % L == 0 || i + width < lines ? k : k - 1;
            for (int r = i; r < Math.min(i + width, lines); r += L) {
                int n = Math.min(L, Math.min(i + width, lines) - r);
                int to = outAt + i * k + r - i;
                int p = 0;
                for (; Turn.SQUARES && p + L <= end; p += L) {
                    Turn.square(s, at + r * ld + p, ld, n - 1, out, to + p * width, width);
                }
                rest(s, at + r * ld + p, ld, n, k - p, out, to + p * width, width);
            }
        }
    }

    private static void rest(MemorySegment s, long at, long ld, int lines, int k, float[] out, int to, int width) {
        float[] strip = LINES.floats(k);
        for (int j = 0; j < lines; j++) {
            Floats.load(s, at + j * ld, strip, 0, k);
            for (int q = 0; q < k; q++) {
                out[to + q * width + j] = strip[q];
            }
        }
    }

    /** Lines that are stored columns of k rows, {@code ld} apart. Rows are read in runs of panels, which the machine fetches ahead. */
    static void straight(MemorySegment s, long at, long ld, int lines, int k, int width, float[] out, int outAt) {
        int whole = width == 2 * L ? lines / width * width : 0;
        for (int p = 0; p < k && whole > 0; p++) {
            long from = (at + p * ld) * 4;
            int to = outAt + p * width;
            for (int i = 0; i < whole; i += width) {
                fromMemorySegment(S, s, from + 4L * i, ORDER).intoArray(out, to + i * k);
                fromMemorySegment(S, s, from + 4L * (i + L), ORDER).intoArray(out, to + i * k + L);
            }
        }
        for (int i = whole; i < lines; i += width) {
            int n = Math.min(width, lines - i);
            int to = outAt + i * k;
            // A narrow vector spills into the next step; the last row must neither do that nor read behind the matrix.
            long end = width < L ? Math.min(k - 1, ((k - 1) * ld + lines - i - L) / ld) : 0;
            int p = 0;
            for (; p < end; p++) {
                fromMemorySegment(S, s, (at + p * ld + i) * 4, ORDER).intoArray(out, to + p * width);
            }
            for (; p < k; p++) {
                Floats.load(s, at + p * ld + i, out, to + p * width, n);
            }
        }
    }
}
