package org.layerzoo.cpuvector.op.linear;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.layerzoo.cpuvector.AlignedScratch;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/**
 * The gradient of a convolution to its weights: dw[o][c, tap] = sum over samples and places of dy[o][p] x[c][p + offset of tap], x laid out by
 * {@link Phases}, dy turned so that channels lie together. Tasks share the weights, not the samples, so sums have one order.
 */
final class ConvWeights {
    private static final int L = Width.LANES;
    /** Floats of x and dy that are laid out at once, and of dy that a tile of all weights meets while they stay in the first-level cache. */
    private static final int ROOM = 1 << 22;

    private static final int NEAR = 7168;
    private static final AlignedScratch TURNED = new AlignedScratch();
    private static final AlignedScratch SUMS = new AlignedScratch();
    private static final Scratch PLANES = new Scratch();
    private static final Scratch PLANE = new Scratch();
    private static final Scratch ROWS = new Scratch();
    private static final int FIRST = CacheLines.FIRST;

    private final ConvPlan p;
    private final Phases phases;
    private final int[] runs;
    /** Weights of an output, rounded up to tiles, and where in x they begin. */
    private final int[] starts;
    /** Strips of output channels of one group: the first channel of each and the number behind the last. */
    private final int[] strips;
    /** Places, rounded up to vectors; floats of x and dy of a sample's group. */
    private final int places;

    private final int planes;
    private final int turned;
    private final int sums;

    private ConvWeights(ConvPlan p) {
        this.p = p;
        phases = Phases.of(p);
        runs = phases.outputRows();
        starts = new int[(p.depth() + PlacesTile.ROWS - 1) / PlacesTile.ROWS * PlacesTile.ROWS];
        Arrays.setAll(starts, i -> {
            int k = Math.min(i, p.depth() - 1);
            return k / p.taps() * phases.size() + phases.offsets()[k % p.taps()];
        });
        strips = strips(p.outputs());
        places = Width.roundUp(p.positions());
        planes = Math.multiplyExact(p.channels(), phases.size());
        int lanes = strips[strips.length - 1];
        turned = Math.multiplyExact(places, lanes);
        sums = starts.length * lanes;
    }

    private static int[] strips(int outputs) {
        int[] at = new int[outputs / L + 2];
        int n = 0;
        while (at[n] < outputs) {
            at[n + 1] = at[n] + PlacesTile.width(outputs - at[n]);
            n++;
        }
        return Arrays.copyOf(at, n + 1);
    }

    static void run(ConvPlan p, MemorySegment x, MemorySegment dy, MemorySegment dw) {
        new ConvWeights(p).run(x, dy, dw);
    }

    private void run(MemorySegment x, MemorySegment dy, MemorySegment dw) {
        float[] c = SUMS.floats(p.groups() * sums);
        Arrays.fill(c, FIRST, FIRST + p.groups() * sums, 0f);
        int atOnce = Math.clamp(ROOM / (planes + turned) / p.groups(), 1, p.batch());
        for (int b = 0; b < p.batch(); b += atOnce) {
            int first = b * p.groups(), items = Math.min(atOnce, p.batch() - b) * p.groups();
            float[] laid = PLANES.floats(Math.multiplyExact(items, planes));
            float[] d = TURNED.floats(Math.multiplyExact(items, turned));
            Workers.run(items * p.channels(), (long) items * planes, t -> {
                long from = ((long) first * p.channels() + t) * p.inputs();
                if (p.isProduct()) {
                    Floats.load(x, from, laid, t * phases.size(), p.inputs());
                    return;
                }
                float[] stored = PLANE.floats(p.inputs());
                Floats.load(x, from, stored, 0, p.inputs());
                phases.fill(stored, 0, laid, t * phases.size());
            });
            Workers.run(items, (long) items * turned, t -> turn(dy, first + t, d, FIRST + t * turned));
            int blocks = (p.depth() + 8 * PlacesTile.ROWS - 1) / (8 * PlacesTile.ROWS);
            long cost = (long) items * p.outputs() * p.positions() * p.depth();
            Workers.run(p.groups() * blocks, cost, t -> {
                for (int i = t / blocks; i < items; i += p.groups()) {
                    add(laid, i * planes, d, i * turned, c, t / blocks * sums, t % blocks * 8 * PlacesTile.ROWS);
                }
            });
        }
        store(c, dw);
    }

    /** dy of a sample's group as strips [places][width], zeros behind the last channel. */
    private void turn(MemorySegment dy, int item, float[] d, int to) {
        float[] rows = ROWS.floats(L * places);
        for (int s = 0; s + 1 < strips.length; s++) {
            int width = strips[s + 1] - strips[s];
            for (int o = strips[s]; o < strips[s + 1]; o += L) {
                int count = Math.clamp(p.outputs() - o, 0, L);
                Floats.load(dy, ((long) item * p.outputs() + o) * p.positions(), rows, 0, count * p.positions());
                Arrays.fill(rows, count * p.positions(), L * places, 0f);
                int at = to + strips[s] * places + o - strips[s];
                for (int q = 0; q < places; q += L) {
                    Square.turn(rows, q, p.positions(), d, at + q * width, width);
                }
            }
        }
    }

    /** Eight tiles of weights from {@code first} on, over all places of a sample's group. */
    private void add(float[] laid, int x, float[] d, int dAt, float[] c, int cAt, int first) {
        int[] from = Arrays.stream(starts, first, Math.min(starts.length, first + 8 * PlacesTile.ROWS))
                .map(s -> s + x)
                .toArray();
        int length = p.ys()[2];
        for (int s = 0; s + 1 < strips.length; s++) {
            int width = strips[s + 1] - strips[s];
            int near = Math.max(1, NEAR / (length * width));
            for (int r = 0; r < runs.length; r += near) {
                int end = Math.min(runs.length, r + near);
                int y = FIRST + dAt + strips[s] * places + r * length * width;
                for (int k = 0; k < from.length; k += PlacesTile.ROWS) {
                    int to = FIRST + cAt + strips[s] * starts.length + (first + k) * width;
                    PlacesTile.add(laid, from, k, runs, r, end, length, d, y, c, to, width);
                }
            }
        }
    }

    private void store(float[] c, MemorySegment dw) {
        float[] row = PLANE.floats(p.depth());
        for (int o = 0; o < p.groups() * p.outputs(); o++) {
            int in = o % p.outputs(), s = 0;
            while (strips[s + 1] <= in) {
                s++;
            }
            int width = strips[s + 1] - strips[s];
            int at = FIRST + o / p.outputs() * sums + strips[s] * starts.length + in - strips[s];
            for (int k = 0; k < p.depth(); k++) {
                row[k] = c[at + k * width];
            }
            Floats.store(row, 0, dw, (long) o * p.depth(), p.depth());
        }
    }
}
