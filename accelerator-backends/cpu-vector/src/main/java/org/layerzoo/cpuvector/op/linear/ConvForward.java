package org.layerzoo.cpuvector.op.linear;

import java.util.Arrays;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.AlignedScratch;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Workers;

/**
 * The three ways of a convolution: 1x1 without stride and padding is a matrix product on the tensors themselves; one channel a group
 * goes plane by plane; all else multiplies W with shifted rows of {@link Phases}, blocks of whole output rows at a time.
 */
final class ConvForward {
    /** Places of a block. */
    private static final int BLOCK = 512;
    /** Floats of the planes that are laid out at once. */
    private static final int ROOM = 1 << 22;

    /** Tiles of outputs above which columns are packed. */
    private static final int PACKED = 2;

    private static final AlignedScratch PANEL = new AlignedScratch();
    private static final Scratch TILE = new Scratch();
    private static final Scratch WEIGHTS = new Scratch();
    private static final Scratch PLANES = new Scratch();
    private static final Scratch KERNELS = new Scratch();
    private static final Scratch PLANE = new Scratch();
    private static final Scratch SUMS = new Scratch();
    private static final Scratch RESULT = new Scratch();

    private final ConvPlan p;
    private final Phases phases;
    private final Tensor x;
    private final Tensor w;
    private final Tensor out;

    private ConvForward(ConvPlan p, Tensor x, Tensor w, Tensor out) {
        this.p = p;
        this.phases = Phases.of(p);
        this.x = x;
        this.w = w;
        this.out = out;
    }

    static void run(ConvPlan p, Tensor x, Tensor w, Tensor out) {
        if (p.depthwise()) {
            new ConvForward(p, x, w, out).depthwise();
        } else if (p.isProduct()) {
            product(p, x, w, out);
        } else if (Winograd.fits(p)) {
            int[] infinite = Winograd.run(p, x.segment(), weights(w), out.segment());
            if (infinite.length > 0) {
                new ConvForward(p, x, w, out).shifted(infinite);
            }
        } else {
            int[] all = new int[p.batch() * p.groups()];
            Arrays.setAll(all, i -> i);
            new ConvForward(p, x, w, out).shifted(all);
        }
    }

    private static float[] weights(Tensor w) {
        int n = Math.toIntExact(w.size());
        float[] v = KERNELS.floats(n);
        Floats.load(w.segment(), 0, v, 0, n);
        return v;
    }

    private static void product(ConvPlan p, Tensor x, Tensor w, Tensor out) {
        int items = p.batch() * p.groups();
        boolean wide = items >= 4;
        int n = p.positions();
        Workers.run(wide ? items : 1, out.size() * p.depth(), t -> {
            for (int i = wide ? t : 0; i < (wide ? t + 1 : items); i++) {
                long from = (long) (i % p.groups()) * p.outputs() * p.depth();
                Gemm.Matrix a = Gemm.Matrix.of(w, from, p.depth(), false);
                Gemm.Matrix b = Gemm.Matrix.of(x, (long) i * p.channels() * n, n, false);
                Gemm.product(a, b, p.outputs(), p.depth(), n, Gemm.into(out, (long) i * p.outputs() * n, n));
            }
        });
    }

    private void depthwise() {
        float[] weights = weights(w);
        boolean columns = p.ws()[0] == 1
                && p.ys()[0] == 1
                && p.stride()[1] == 1
                && p.dilation()[1] == 1
                && ColumnTile.fits(p.ws()[1]);
        int[] shifts = Arrays.copyOf(phases.offsets(), p.ws()[2]);
        Workers.run(p.batch() * p.groups(), out.size() * p.taps(), t -> {
            int kernel = t % p.groups() * p.taps();
            float[] y = columns ? columns(t, shifts, weights, kernel) : shifts(t, weights, kernel);
            Floats.store(y, 0, out.segment(), (long) t * p.positions(), p.positions());
        });
    }

    private float[] columns(int t, int[] shifts, float[] weights, int kernel) {
        int over = ColumnTile.ROWS * phases.pitch();
        float[] plane = PLANES.floats(phases.size() + over);
        lay(t, plane, 0);
        float[] y = RESULT.floats(p.positions() + over);
        int rows = p.ys()[1], width = p.ys()[2];
        ColumnTile.run(plane, phases.pitch(), weights, kernel, p.ws()[1], shifts, rows, width, y);
        return y;
    }

    private float[] shifts(int t, float[] weights, int kernel) {
        float[] plane = PLANES.floats(phases.size() + BLOCK);
        lay(t, plane, 0);
        int places = phases.rows() * phases.pitch();
        float[] sums = SUMS.floats(places + ShiftRun.WIDTH);
        ShiftRun.weighted(plane, phases.offsets(), weights, kernel, places, sums);
        float[] y = RESULT.floats(p.positions());
        for (int row = 0; row < phases.rows(); row++) {
            if (phases.holds(row)) {
                System.arraycopy(sums, row * phases.pitch(), y, phases.output(row) * p.ys()[2], p.ys()[2]);
            }
        }
        return y;
    }

    /** Plane number {@code n} of x, laid out. */
    private void lay(long n, float[] out, int at) {
        float[] stored = PLANE.floats(p.inputs());
        Floats.load(x.segment(), n * p.inputs(), stored, 0, p.inputs());
        phases.fill(stored, 0, out, at);
    }

    /** @param which numbers of the samples' groups to compute */
    private void shifted(int[] which) {
        int item = Math.multiplyExact(p.channels(), phases.size());
        int items = which.length;
        int atOnce = Math.clamp(ROOM / item, 1, items);
        float[][] weights = weights();
        int[] offsets = offsets();
        int rows = Math.max(1, BLOCK / phases.pitch());
        int blocks = (phases.rows() + rows - 1) / rows;
        for (int i = 0; i < items; i += atOnce) {
            int first = i;
            int count = Math.min(atOnce, items - i);
            float[] planes = PLANES.floats(count * item + rows * phases.pitch() + ShiftTile.COLUMNS);
            Workers.run(
                    count * p.channels(),
                    (long) count * item,
                    t -> lay(
                            (long) which[first + t / p.channels()] * p.channels() + t % p.channels(),
                            planes,
                            t * phases.size()));
            Workers.run(count * blocks, (long) count * p.outputs() * p.positions() * p.depth(), t -> {
                int n = which[first + t / blocks];
                int row = t % blocks * rows;
                block(
                        n,
                        weights[n % p.groups()],
                        planes,
                        t / blocks * item,
                        offsets,
                        row,
                        Math.min(rows, phases.rows() - row));
            });
        }
    }

    private void block(int item, float[] weights, float[] planes, int at, int[] offsets, int row, int rows) {
        int n = rows * phases.pitch();
        int ld = (n + ShiftTile.COLUMNS - 1) / ShiftTile.COLUMNS * ShiftTile.COLUMNS;
        int padded = (p.outputs() + ShiftTile.ROWS - 1) / ShiftTile.ROWS * ShiftTile.ROWS;
        float[] sums = SUMS.floats(padded * ld);
        int from = at + row * phases.pitch();
        if (p.outputs() > PACKED * ShiftTile.ROWS) {
            packed(weights, planes, from, offsets, n, sums, ld);
        } else {
            ShiftTile.multiply(weights, p.outputs(), planes, from, offsets, n, sums, ld);
        }
        int width = p.ys()[2];
        for (int o = 0; o < p.outputs(); o++) {
            long to = ((long) item * p.outputs() + o) * p.positions();
            for (int r = 0; r < rows; r++) {
                if (phases.holds(row + r)) {
                    int sum = o * ld + r * phases.pitch();
                    Floats.store(sums, sum, out.segment(), to + (long) phases.output(row + r) * width, width);
                }
            }
        }
    }

    /** A panel of columns is copied once for all outputs, in the order in which their tiles read it. */
    private void packed(float[] weights, float[] planes, int at, int[] offsets, int n, float[] sums, int ld) {
        int columns = ShiftTile.COLUMNS, depth = offsets.length;
        float[] panel = PANEL.floats(depth * columns);
        float[] tile = TILE.floats(ShiftTile.ROWS * columns);
        PackedTile.Operand a = new PackedTile.Operand(weights, 0, depth);
        PackedTile.Operand b = new PackedTile.Operand(panel, CacheLines.FIRST, depth);
        for (int j = 0; j < n; j += columns) {
            int to = j;
            ShiftTile.copy(planes, at + j, offsets, panel, CacheLines.FIRST);
            PackedTile.multiply(a, b, p.outputs(), depth, columns, tile, (i, rows, x, width, c, from) -> {
                for (int r = 0; r < rows; r++) {
                    System.arraycopy(c, from + r * columns, sums, (i + r) * ld + to, columns);
                }
            });
        }
    }

    /** W of each group in panels. */
    private float[][] weights() {
        float[][] all = new float[p.groups()][];
        int padded = (p.outputs() + ShiftTile.ROWS - 1) / ShiftTile.ROWS * ShiftTile.ROWS;
        for (int g = 0; g < all.length; g++) {
            // A narrow panel's vectors run over its end.
            all[g] = p.groups() == 1 ? WEIGHTS.floats(padded * p.depth()) : new float[padded * p.depth() + 16];
            long from = (long) g * p.outputs() * p.depth();
            Panels.turned(w.segment(), from, p.depth(), p.outputs(), p.depth(), ShiftTile.ROWS, all[g], 0);
        }
        return all;
    }

    /** Where each step of the depth, channel by channel and tap by tap, begins. */
    private int[] offsets() {
        int[] all = new int[p.depth()];
        Arrays.setAll(all, k -> k / p.taps() * phases.size() + phases.offsets()[k % p.taps()]);
        return all;
    }
}
