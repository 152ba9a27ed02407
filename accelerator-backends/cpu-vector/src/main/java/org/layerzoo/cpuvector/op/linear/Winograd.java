package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.AlignedScratch;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/**
 * Correlation with 3x3 kernels by Winograd's F(2x2, 3x3): y = A^T ((G g G^T) . (B^T d B)) A for tiles of 4x4 inputs and 2x2 results, summed over
 * channels before the last transform; 16 multiplications instead of 36. Its rounding errors stay near those of plain sums, which larger
 * tiles' do not. (Lavin, Gray, Fast Algorithms for Convolutional Neural Networks, 2016.)
 *
 * <p>Infinities and numbers beside the largest can come out as NaN, so a sample with a result that is not finite is left to the plain way.
 */
final class Winograd {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int PANEL = ShiftTile.COLUMNS;
    /** Numbers of a block's transformed inputs: half of what a second-level cache holds. */
    private static final int ROOM = 1 << 18;
    /** Below so many channels or outputs the transforms cost more than they save. */
    private static final int FEWEST = 8;

    private static final AlignedScratch WEIGHTS = new AlignedScratch();
    private static final AlignedScratch INPUTS = new AlignedScratch();
    private static final AlignedScratch PRODUCTS = new AlignedScratch();
    private static final AlignedScratch RESULTS = new AlignedScratch();
    private static final Scratch LINES = new Scratch();
    private static final Scratch PLANES = new Scratch();
    private static final int FIRST = CacheLines.FIRST;

    private final ConvPlan p;
    private final MemorySegment x;
    private final MemorySegment out;
    /** Rows of tiles in all and in a block; places from one to the next. */
    private final int tileRows;

    private final int rows;
    private final int pitch;
    /** Floats between the 16 numbers of a tile, of inputs and products; of one group's weights. */
    private final int inputs;

    private final int products;
    private final int weights;
    /** Where the steps of a product begin in its inputs. */
    private final int[] steps;

    private Winograd(ConvPlan p, MemorySegment x, MemorySegment out) {
        this.p = p;
        this.x = x;
        this.out = out;
        tileRows = (p.ys()[1] + 1) / 2;
        pitch = pitch(p);
        rows = rows(p);
        inputs = p.channels() * PANEL + CacheLines.STEP;
        int padded = (p.outputs() + ShiftTile.ROWS - 1) / ShiftTile.ROWS * ShiftTile.ROWS;
        products = padded * PANEL + CacheLines.STEP;
        weights = 16 * padded * p.channels() + CacheLines.STEP;
        steps = new int[p.channels()];
        Arrays.setAll(steps, k -> k * PANEL);
    }

    private static int pitch(ConvPlan p) {
        return (p.ys()[2] + 1) / 2 + 1;
    }

    /** Most rows of tiles that a block holds, of those numbers that leave the fewest places unused. */
    private static int rows(ConvPlan p) {
        int most = Math.clamp(ROOM / (16L * p.channels() * pitch(p)), 1, (p.ys()[1] + 1) / 2);
        int best = most;
        for (int r = most; r > most / 2 && r > 0; r--) {
            if (waste(r, p) < waste(best, p)) {
                best = r;
            }
        }
        return best;
    }

    /** Unused share of the places of r rows. */
    private static double waste(int r, ConvPlan p) {
        int n = r * pitch(p);
        return (double) ((n + PANEL - 1) / PANEL * PANEL) / n;
    }

    static boolean fits(ConvPlan p) {
        return Arrays.equals(p.ws(), new int[] {1, 3, 3})
                && Arrays.equals(p.stride(), new int[] {1, 1, 1})
                && Arrays.equals(p.dilation(), new int[] {1, 1, 1})
                && p.xs()[0] == 1
                && p.ys()[0] == 1
                && p.before()[0] == 0
                && p.before()[1] >= 0
                && p.before()[2] >= 0
                && p.channels() >= FEWEST
                && p.outputs() >= FEWEST
                && p.positions() >= 4 * L
                && 16L * p.channels() * pitch(p) <= 2 * ROOM;
    }

    /**
     * @param w weights [groups outputs, channels, 3, 3]
     * @return samples' groups with results that are not finite, whose results are to be computed again
     */
    static int[] run(ConvPlan p, MemorySegment x, float[] w, MemorySegment out) {
        return new Winograd(p, x, out).run(w);
    }

    private int[] run(float[] w) {
        float[] u = WEIGHTS.floats(p.groups() * weights);
        Workers.run(p.groups() * p.outputs(), 50L * w.length, t -> weights(w, t, u));
        int items = p.batch() * p.groups();
        AtomicIntegerArray infinite = new AtomicIntegerArray(items);
        int blocks = (tileRows + rows - 1) / rows;
        Workers.run(items * blocks, (long) items * p.outputs() * p.positions() * p.depth(), t -> {
            if (!block(t / blocks, t % blocks * rows, u)) {
                infinite.set(t / blocks, 1);
            }
        });
        int[] found = new int[items];
        int count = 0;
        for (int i = 0; i < items; i++) {
            if (infinite.get(i) != 0) {
                found[count++] = i;
            }
        }
        return Arrays.copyOf(found, count);
    }

    /** G g G^T of all kernels of an output, in panels of {@link ShiftTile} for each of the 16 numbers. */
    private void weights(float[] w, int output, float[] u) {
        int o = output % p.outputs();
        int one = (weights - CacheLines.STEP) / 16;
        int to = FIRST
                + output / p.outputs() * weights
                + o / ShiftTile.ROWS * ShiftTile.ROWS * p.channels()
                + o % ShiftTile.ROWS;
        for (int c = 0; c < p.channels(); c++) {
            int g = (output * p.channels() + c) * 9;
            for (int i = 0; i < 4; i++) {
                float a = down(w, g, i), b = down(w, g + 1, i), d = down(w, g + 2, i);
                int at = to + 4 * i * one + c * ShiftTile.ROWS;
                u[at] = a;
                u[at + one] = (a + b + d) / 2;
                u[at + 2 * one] = (a - b + d) / 2;
                u[at + 3 * one] = d;
            }
        }
    }

    /** Number i of G times the column at g. */
    private static float down(float[] w, int g, int i) {
        return switch (i) {
            case 0 -> w[g];
            case 1 -> (w[g] + w[g + 3] + w[g + 6]) / 2;
            case 2 -> (w[g] - w[g + 3] + w[g + 6]) / 2;
            default -> w[g + 6];
        };
    }

    /** @return whether all results are finite */
    private boolean block(int item, int row, float[] u) {
        int count = Math.min(rows, tileRows - row);
        int panels = (count * pitch + PANEL - 1) / PANEL;
        float[] v = INPUTS.floats(16 * inputs * panels);
        int[] starts = starts((count + 1) * pitch);
        for (int c = 0; c < p.channels(); c++) {
            channel((long) item * p.channels() + c, row, count, panels, v, FIRST + c * PANEL, starts, c == 0);
        }
        float[] m = PRODUCTS.floats(16 * products);
        int length = 2 * panels * PANEL;
        float[] y = RESULTS.floats(2 * p.outputs() * length);
        int at = FIRST + item % p.groups() * weights;
        int one = (weights - CacheLines.STEP) / 16;
        for (int q = 0; q < panels; q++) {
            for (int k = 0; k < 16; k++) {
                int from = FIRST + (16 * q + k) * inputs;
                ShiftTile.panel(u, at + k * one, p.outputs(), v, from, steps, m, FIRST + k * products);
            }
            for (int o = 0; o < p.outputs(); o++) {
                int first = FIRST + 2 * o * length + 2 * q * PANEL;
                WinogradSteps.results(m, FIRST + o * PANEL, products, y, first, first + length);
            }
        }
        boolean finite = true;
        for (int o = 0; o < p.outputs(); o++) {
            finite &= store(
                    y, FIRST + 2 * o * length, length, row, count, ((long) item * p.outputs() + o) * p.positions());
        }
        return finite;
    }

    /** The inputs of {@code count} rows of tiles of a channel, taken apart by even and odd rows and columns, and their transform. */
    private void channel(long plane, int row, int count, int panels, float[] v, int to, int[] starts, boolean zeros) {
        int top = 2 * row - p.before()[1];
        int begin = Math.max(0, top), end = Math.min(p.xs()[1], top + 2 * count + 2);
        int width = p.xs()[2];
        int phase = (count + 1) * pitch;
        float[] parts = PLANES.floats(4 * phase + panels * PANEL);
        if (zeros) {
            Arrays.fill(parts, 0, 4 * phase, 0f);
        }
        if (end > begin) {
            float[] lines = LINES.floats((end - begin) * width);
            Floats.load(x, plane * p.inputs() + (long) begin * width, lines, 0, (end - begin) * width);
            for (int r = begin; r < end; r++) {
                int at = ((r - top) % 2 * 2) * phase + (r - top) / 2 * pitch;
                apart(lines, (r - begin) * width, parts, at, at + phase);
            }
        }
        WinogradSteps.inputs(parts, starts, panels * PANEL, v, to, 16 * inputs, inputs);
    }

    /** Where the 16 inputs of the first tile lie. */
    private int[] starts(int phase) {
        int[] starts = new int[16];
        for (int i = 0; i < 16; i++) {
            int r = i / 4, c = i % 4;
            starts[i] = (r % 2 * 2 + c % 2) * phase + r / 2 * pitch + c / 2;
        }
        return starts;
    }

    /** A row into its even and odd places, the padding counted. */
    private void apart(float[] lines, int from, float[] parts, int even, int odd) {
        int before = p.before()[2];
        int width = Math.min(p.xs()[2], 2 * pitch - before);
        // where elements 0, 2, ... and 1, 3, ... go
        int first = (before % 2 == 0 ? even : odd) + before / 2;
        int second = (before % 2 == 0 ? odd : even) + (before + 1) / 2;
        int c = 0;
        for (; c + 2 * L <= width; c += 2 * L) {
            FloatVector a = fromArray(S, lines, from + c), b = fromArray(S, lines, from + c + L);
            Planar.EVEN.selectFrom(a, b).intoArray(parts, first + c / 2);
            Planar.ODD.selectFrom(a, b).intoArray(parts, second + c / 2);
        }
        for (; c < width; c++) {
            parts[(c % 2 == 0 ? first : second) + c / 2] = lines[from + c];
        }
    }

    /** Rows of results side by side, and whether all are finite. */
    private boolean store(float[] y, int at, int length, int row, int count, long to) {
        int width = p.ys()[2];
        int begin = 2 * row, end = Math.min(p.ys()[1], begin + 2 * count);
        float[] line = LINES.floats((end - begin) * width);
        FloatVector nothing = FloatVector.zero(S);
        float rest = 0;
        for (int r = begin; r < end; r++) {
            int from = at + (r - begin) % 2 * length + (r - begin) / 2 * 2 * pitch, into = (r - begin) * width;
            int c = 0;
            for (; c + L <= width; c += L) {
                FloatVector a = fromArray(S, y, from + c);
                nothing = a.fma(FloatVector.zero(S), nothing);
                a.intoArray(line, into + c);
            }
            for (; c < width; c++) {
                rest += 0 * y[from + c];
                line[into + c] = y[from + c];
            }
        }
        Floats.store(line, 0, out, to + (long) begin * width, (end - begin) * width);
        return rest + nothing.reduceLanes(VectorOperators.ADD) == 0;
    }
}
