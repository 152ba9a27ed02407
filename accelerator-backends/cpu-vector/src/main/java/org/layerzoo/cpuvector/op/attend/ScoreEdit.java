package org.layerzoo.cpuvector.op.attend;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;

/** A bias, a mask or a factor, applied to one row of scores or weights inside a tile; hidden keys get -inf. */
@FunctionalInterface
interface ScoreEdit {
    /** Scores of row {@code i} of a head of a sample with keys j .. j+n-1, which lie in {@code s} from {@code at} on, {@code step} apart. */
    void apply(int sample, int head, int i, int j, int n, float[] s, int at, int step);

    /** Strides of a tensor as if it had been expanded to [B, H, Tq, Tk]. */
    private static long[] strides(Tensor t) {
        Shape s = t.shape();
        long[] own = s.strides();
        long[] out = new long[4];
        for (int i = 0; i < s.rank(); i++) {
            out[4 - s.rank() + i] = s.dim(i) == 1 ? 0 : own[i];
        }
        return out;
    }

    static ScoreEdit dense(Tensor bias) {
        long[] st = strides(bias);
        MemorySegment m = bias.segment();
        return (b, h, i, j, n, s, at, step) -> {
            long base = b * st[0] + h * st[1] + i * st[2] + j * st[3];
            for (int x = 0; x < n; x++) {
                s[at + x * step] += Floats.get(m, base + x * st[3]);
            }
        };
    }

    static ScoreEdit mask(Tensor mask) {
        long[] st = strides(mask);
        MemorySegment m = mask.segment();
        return (b, h, i, j, n, s, at, step) -> {
            long base = b * st[0] + h * st[1] + i * st[2] + j * st[3];
            for (int x = 0; x < n; x++) {
                if (m.get(ValueLayout.JAVA_BYTE, base + x * st[3]) == 0) {
                    s[at + x * step] = Float.NEGATIVE_INFINITY;
                }
            }
        };
    }

    static ScoreEdit segments(Tensor queries, Tensor keys) {
        long[] q = queries.toLongs();
        long[] k = keys.toLongs();
        int tq = queries.dim(1);
        int tk = keys.dim(1);
        return (b, h, i, j, n, s, at, step) -> {
            for (int x = 0; x < n; x++) {
                if (k[b * tk + j + x] != q[b * tq + i]) {
                    s[at + x * step] = Float.NEGATIVE_INFINITY;
                }
            }
        };
    }

    /** @param last the last key that counts, of each row where there is more than one */
    static ScoreEdit alibi(Section.Bias.Alibi a, Tensor slopes, Places places, int[] last) {
        float[] slope = slopes.toFloats();
        int heads = slopes.dim(-1);
        boolean distance = a.form() == Section.AlibiForm.DISTANCE;
        return (b, h, i, j, n, s, at, step) -> {
            float f = slope[a.perSample() ? b * heads + h : h];
            int origin = distance ? places.row(b, i) : last[last.length == 1 ? 0 : i];
            for (int x = 0; x < n; x++) {
                int y = distance ? -Math.abs(places.column(b, j + x) - origin) : j + x - origin;
                s[at + x * step] += f * y;
            }
        };
    }

    static ScoreEdit offsets(int center, Tensor table, Places places) {
        float[] t = table.toFloats();
        int r = table.dim(1);
        int apart = table.dim(0) == 1 ? 0 : r;
        return (b, h, i, j, n, s, at, step) -> {
            int origin = places.row(b, i) - center;
            for (int x = 0; x < n; x++) {
                s[at + x * step] += t[h * apart + Math.clamp((long) places.column(b, j + x) - origin, 0, r - 1)];
            }
        };
    }

    /** Weights times a table's entries. */
    static ScoreEdit toeplitz(int center, Tensor table, Places places) {
        float[] t = table.toFloats();
        int r = table.dim(1);
        int apart = table.dim(0) == 1 ? 0 : r;
        return (b, h, i, j, n, s, at, step) -> {
            int origin = places.row(b, i) - center;
            for (int x = 0; x < n; x++) {
                s[at + x * step] *= t[h * apart + Math.clamp((long) places.column(b, j + x) - origin, 0, r - 1)];
            }
        };
    }

    /** Weights times a tensor's. */
    static ScoreEdit times(Tensor factors) {
        long[] st = strides(factors);
        MemorySegment m = factors.segment();
        return (b, h, i, j, n, s, at, step) -> {
            long base = b * st[0] + h * st[1] + i * st[2] + j * st[3];
            for (int x = 0; x < n; x++) {
                s[at + x * step] *= Floats.get(m, base + x * st[3]);
            }
        };
    }

    /** Keys further than {@code left} before or {@code right} behind a row are hidden; a negative side is unlimited. */
    static ScoreEdit window(int left, int right, Places places) {
        return (b, h, i, j, n, s, at, step) -> {
            for (int x = 0; x < n; x++) {
                int y = places.column(b, j + x) - places.row(b, i);
                if (left >= 0 && y < -left || right >= 0 && y > right) {
                    s[at + x * step] = Float.NEGATIVE_INFINITY;
                }
            }
        };
    }

    static ScoreEdit grid(Section.Bias.GridOffsets g, Tensor table) {
        float[] t = table.toFloats();
        int ry = table.dim(1);
        int rx = table.dim(2);
        int apart = table.dim(0) == 1 ? 0 : ry * rx;
        return (b, h, i, j, n, s, at, step) -> {
            for (int x = 0; x < n; x++) {
                int dy = (j + x) / g.keyWidth() - i / g.queryWidth() + g.centerY();
                int dx = (j + x) % g.keyWidth() - i % g.queryWidth() + g.centerX();
                s[at + x * step] += t[h * apart + Math.clamp(dy, 0, ry - 1) * rx + Math.clamp(dx, 0, rx - 1)];
            }
        };
    }

    static ScoreEdit indexed(Tensor index, Tensor table) {
        MemorySegment m = index.segment();
        long tk = index.dim(1);
        float[] t = table.toFloats();
        int r = table.dim(1);
        int apart = table.dim(0) == 1 ? 0 : r;
        return (b, h, i, j, n, s, at, step) -> {
            for (int x = 0; x < n; x++) {
                long entry = m.get(ValueLayout.JAVA_LONG_UNALIGNED, (i * tk + j + x) * 8);
                if (entry < 0 || entry >= r) {
                    throw ZooException.badArgument("attend: an index of 0.." + (r - 1) + " expected, given " + entry);
                }
                s[at + x * step] += t[h * apart + (int) entry];
            }
        };
    }
}
