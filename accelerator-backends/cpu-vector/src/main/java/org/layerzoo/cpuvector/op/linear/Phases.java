package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * A plane with its padding, taken apart by stride, in which one tap of a kernel is one shift: output (z, r, c) lies at
 * {@code (z E1 + r) E2 + c} and meets tap t at that place plus {@code offsets[t]}. Outputs then are runs of a flat axis, whatever stride, padding and
 * dilation; places between the rows of outputs mean nothing.
 *
 * @param extent E0, E1, E2: outputs of an axis and how far taps reach behind them
 * @param offsets where each tap's values begin
 * @param size floats of a plane with all its phases
 */
record Phases(ConvPlan plan, int[] extent, int[] offsets, int size) {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final FloatVector ZERO = FloatVector.zero(S);

    static Phases of(ConvPlan p) {
        int[] extent = new int[3];
        for (int a = 0; a < 3; a++) {
            extent[a] = p.ys()[a] + (p.ws()[a] - 1) * p.dilation()[a] / p.stride()[a];
        }
        int volume = extent[0] * extent[1] * extent[2];
        int[] offsets = new int[p.taps()];
        for (int t = 0; t < offsets.length; t++) {
            int[] at = {t / (p.ws()[1] * p.ws()[2]), t / p.ws()[2] % p.ws()[1], t % p.ws()[2]};
            int phase = 0;
            int place = 0;
            for (int a = 0; a < 3; a++) {
                int reach = at[a] * p.dilation()[a];
                phase = phase * p.stride()[a] + reach % p.stride()[a];
                place = place * extent[a] + reach / p.stride()[a];
            }
            offsets[t] = phase * volume + place;
        }
        int phases = p.stride()[0] * p.stride()[1] * p.stride()[2];
        return new Phases(p, extent, offsets, Math.multiplyExact(phases, volume));
    }

    /** Places from an output row's beginning to the next. */
    int pitch() {
        return extent[2];
    }

    /** Rows of places, of which the first ys1 in each E1 hold outputs. */
    int rows() {
        return (plan.ys()[0] - 1) * extent[1] + plan.ys()[1];
    }

    /** Whether a row of places holds outputs. */
    boolean holds(int row) {
        return row % extent[1] < plan.ys()[1];
    }

    /** Where the rows of outputs begin, in their order. */
    int[] outputRows() {
        int[] y = plan.ys();
        int[] at = new int[y[0] * y[1]];
        Arrays.setAll(at, i -> (i / y[1] * extent[1] + i % y[1]) * extent[2]);
        return at;
    }

    /** Number of the output row at a row of places that holds outputs. */
    int output(int row) {
        return row / extent[1] * plan.ys()[1] + row % extent[1];
    }

    /** Lays a plane out. @param x the plane as stored, from {@code from} on */
    void fill(float[] x, int from, float[] out, int at) {
        if (holdsRows()) {
            rows(x, from, out, at);
            return;
        }
        Arrays.fill(out, at, at + size, 0f);
        int volume = extent[0] * extent[1] * extent[2];
        Run[] rows = runs(1), columns = runs(2);
        for (Run z : runs(0)) {
            for (int i = 0; i < z.count; i++) {
                int plane = (z.first + i * z.step) * plan.xs()[1];
                for (Run r : rows) {
                    int to = at + ((z.place + i) * extent[1] + r.place) * extent[2];
                    int phase = (z.phase * rows.length + r.phase) * columns.length;
                    for (int j = 0; j < r.count; j++) {
                        int line = from + (plane + r.first + j * r.step) * plan.xs()[2];
                        for (Run c : columns) {
                            every(
                                    x,
                                    line + c.first,
                                    c.step,
                                    c.count,
                                    out,
                                    to + j * extent[2] + (phase + c.phase) * volume + c.place);
                        }
                    }
                }
            }
        }
    }

    /** Numbers of an axis that are of one phase: {@code count} from {@code first} on, {@code step} apart, to places from {@code place} on. */
    private record Run(int phase, int first, int count, int step, int place) {}

    private Run[] runs(int axis) {
        int step = plan.stride()[axis], before = plan.before()[axis];
        Run[] runs = new Run[step];
        int skipped = Math.max(0, -before);
        int end = Math.min(plan.xs()[axis], extent[axis] * step - before);
        for (int f = 0; f < step; f++) {
            int first = skipped + Math.floorMod(f - before - skipped, step);
            runs[f] = new Run(f, first, Math.ceilDiv(Math.max(0, end - first), step), step, (first + before) / step);
        }
        return runs;
    }

    /** Whether a plane's rows keep their order and their length, which is at least a vector. */
    private boolean holdsRows() {
        int[] before = plan.before();
        return plan.xs()[0] == 1
                && before[0] == 0
                && before[1] >= 0
                && before[2] >= 0
                && size == extent[1] * extent[2]
                && extent[1] >= plan.xs()[1] + before[1]
                && extent[2] >= plan.xs()[2] + before[2]
                && extent[2] - before[2] >= L;
    }

    /** Rows in whole vectors, which run over into the next row before that is written; zeros around them only. */
    private void rows(float[] x, int from, float[] out, int at) {
        int width = plan.xs()[2];
        int last = plan.xs()[1] - 1;
        int to = at + plan.before()[1] * extent[2] + plan.before()[2];
        Arrays.fill(out, at, to, 0f);
        for (int r = 0; r < last; r++) {
            for (int c = 0; c < width; c += L) {
                fromArray(S, x, from + r * width + c).intoArray(out, to + c);
            }
            for (int c = width; c < extent[2]; c += L) {
                ZERO.intoArray(out, to + c);
            }
            to += extent[2];
        }
        System.arraycopy(x, from + last * width, out, to, width);
        Arrays.fill(out, to + width, at + size, 0f);
    }

    /** Numbers {@code step} apart; the last vector of a run lies over the one before, so that nothing behind the run is written. */
    private static void every(float[] x, int from, int step, int count, float[] out, int to) {
        if (step == 1) {
            System.arraycopy(x, from, out, to, count);
            return;
        }
        if (step == 2 && count >= L) {
            for (int j = 0; j < count; j += L) {
                int i = Math.min(j, count - L);
                Planar.EVEN
                        .selectFrom(fromArray(S, x, from + 2 * i), fromArray(S, x, from + 2 * i + L))
                        .intoArray(out, to + i);
            }
            return;
        }
        for (int j = 0; j < count; j++) {
            out[to + j] = x[from + j * step];
        }
    }
}
