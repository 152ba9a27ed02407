package org.layerzoo.cpuvector.op.attend;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * Where the gradient of a bias goes: the mirror of its {@link ScoreEdit}.
 *
 * @param input its tensor's place among the op's inputs
 * @param tensor its tensor, [B | 1, H | 1, size] when flattened
 * @param size entries for a sample and head
 * @param perSample whether samples have entries of their own; heads likewise
 */
record BiasTerm(int input, Tensor tensor, int size, boolean perSample, boolean perHead, Entries entries) {
    /** Adds the gradients of row i's scores with keys j .. j+n-1 to the entries from {@code to} on. */
    @FunctionalInterface
    interface Entries {
        void add(int sample, int i, int j, int n, float[] ds, int at, int step, double[] sums, int to);
    }

    static BiasTerm dense(int input, Tensor tensor, Tensor seen) {
        Shape s = seen.shape();
        while (s.rank() < 4) {
            s = s.insert(0, 1);
        }
        int keys = s.dim(3);
        int rowStep = s.dim(2) == 1 ? 0 : keys;
        int keyStep = keys == 1 ? 0 : 1;
        Entries e = (b, i, j, n, ds, at, step, sums, to) -> {
            int first = to + i * rowStep + j * keyStep;
            for (int x = 0; x < n; x++) {
                sums[first + x * keyStep] += ds[at + x * step];
            }
        };
        return new BiasTerm(input, tensor, s.dim(2) * keys, s.dim(0) > 1, s.dim(1) > 1, e);
    }

    /** @param last the last key that counts, of each row where there is more than one */
    static BiasTerm alibi(int input, Section.Bias.Alibi a, Tensor slopes, Places places, int[] last) {
        boolean distance = a.form() == Section.AlibiForm.DISTANCE;
        Entries e = (b, i, j, n, ds, at, step, sums, to) -> {
            int origin = distance ? places.row(b, i) : last[last.length == 1 ? 0 : i];
            double sum = 0;
            for (int x = 0; x < n; x++) {
                int y = distance ? -Math.abs(places.column(b, j + x) - origin) : j + x - origin;
                sum += (double) ds[at + x * step] * y;
            }
            sums[to] += sum;
        };
        return new BiasTerm(input, slopes, 1, a.perSample(), slopes.dim(-1) > 1, e);
    }

    static BiasTerm offsets(int input, int center, Tensor table, Places places) {
        int r = table.dim(1);
        Entries e = (b, i, j, n, ds, at, step, sums, to) -> {
            int origin = places.row(b, i) - center;
            for (int x = 0; x < n; x++) {
                sums[to + Math.clamp((long) places.column(b, j + x) - origin, 0, r - 1)] += ds[at + x * step];
            }
        };
        return new BiasTerm(input, table, r, false, table.dim(0) > 1, e);
    }

    static BiasTerm grid(int input, Section.Bias.GridOffsets g, Tensor table) {
        int ry = table.dim(1);
        int rx = table.dim(2);
        Entries e = (b, i, j, n, ds, at, step, sums, to) -> {
            for (int x = 0; x < n; x++) {
                int dy = (j + x) / g.keyWidth() - i / g.queryWidth() + g.centerY();
                int dx = (j + x) % g.keyWidth() - i % g.queryWidth() + g.centerX();
                sums[to + Math.clamp(dy, 0, ry - 1) * rx + Math.clamp(dx, 0, rx - 1)] += ds[at + x * step];
            }
        };
        return new BiasTerm(input, table, ry * rx, false, table.dim(0) > 1, e);
    }

    static BiasTerm indexed(int input, Tensor index, Tensor table) {
        MemorySegment m = index.segment();
        long keys = index.dim(1);
        Entries e = (b, i, j, n, ds, at, step, sums, to) -> {
            for (int x = 0; x < n; x++) {
                long entry = m.get(ValueLayout.JAVA_LONG_UNALIGNED, (i * keys + j + x) * 8);
                sums[to + (int) entry] += ds[at + x * step];
            }
        };
        return new BiasTerm(input, table, table.dim(1), false, table.dim(0) > 1, e);
    }
}
