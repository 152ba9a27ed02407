package org.layerzoo.cpuvector.op.linear;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Workers;

/**
 * The adjoint of a convolution to its inputs as convolutions of dy with turned weights: one at stride 1, else one for each residue of the inputs'
 * places, with the taps that reach them. Input i meets output y by tap k where i = y stride - before + k dilation.
 */
final class ConvInputs {
    private static final Scratch KERNELS = new Scratch();
    private static final Scratch TURNED = new Scratch();
    private static final Scratch FROM = new Scratch();
    private static final Scratch TO = new Scratch();

    private final ConvPlan p;
    private final Tensor dy;
    private final float[] w;
    private final Tensor dx;

    private ConvInputs(ConvPlan p, Tensor dy, Tensor w, Tensor dx) {
        this.p = p;
        this.dy = dy;
        this.dx = dx;
        int n = Math.toIntExact(w.size());
        this.w = KERNELS.floats(n);
        Floats.load(w.segment(), 0, this.w, 0, n);
    }

    static void run(ConvPlan p, Tensor dy, Tensor w, Tensor dx) {
        ConvInputs all = new ConvInputs(p, dy, w, dx);
        int[] s = p.stride();
        for (int r = 0; r < s[0] * s[1]; r++) {
            int z = r / s[1], h = r % s[1];
            TensorScope.run(() -> all.rows(z, h));
        }
    }

    /** One axis of a part: places r, r + stride, ... of x, taps k0, k0 + step, ... that meet them. */
    private record Axis(int count, int first, int step, int taps, int before, int dilation) {
        static Axis of(int r, int x, int stride, int before, int dilation, int taps) {
            int count = r < x ? (x - r - 1) / stride + 1 : 0;
            int first = 0;
            while (first < taps && Math.floorMod(first * dilation - before - r, stride) != 0) {
                first++;
            }
            int common = gcd(stride, dilation);
            int step = stride / common;
            int met = first < taps ? (taps - 1 - first) / step + 1 : 0;
            // output m + shift meets place m by the first of the taps, outputs before it by the others
            int shift = Math.floorDiv(r + before - first * dilation, stride);
            return new Axis(count, first, step, met, (met - 1) * (dilation / common) - shift, dilation / common);
        }

        private static int gcd(int a, int b) {
            return b == 0 ? a : gcd(b, a % b);
        }
    }

    /** Rows at these residues of the first two axes, from the parts of all residues of the last. */
    private void rows(int z, int h) {
        int width = p.stride()[2];
        boolean whole = p.stride()[0] * p.stride()[1] * width == 1;
        Axis[] rows = {axis(0, z), axis(1, h)};
        if (rows[0].count() * rows[1].count() == 0) {
            return;
        }
        Tensor[] parts = new Tensor[Math.min(width, p.xs()[2])];
        for (int r = 0; r < parts.length; r++) {
            Axis[] axes = {rows[0], rows[1], axis(2, r)};
            int size = axes[0].count() * axes[1].count() * axes[2].count();
            parts[r] = whole ? dx : Tensor.allocate(DType.F32, p.batch(), p.groups() * p.channels(), size);
            part(axes, parts[r]);
        }
        if (!whole) {
            spread(parts, z, h, rows[0].count(), rows[1].count());
        }
    }

    private Axis axis(int a, int residue) {
        return Axis.of(residue, p.xs()[a], p.stride()[a], p.before()[a], p.dilation()[a], p.ws()[a]);
    }

    private void part(Axis[] axes, Tensor y) {
        int[] taps = Arrays.stream(axes).mapToInt(Axis::taps).toArray();
        if (taps[0] * taps[1] * taps[2] == 0) {
            y.segment().fill((byte) 0);
            return;
        }
        ConvPlan turned = new ConvPlan(
                p.batch(),
                p.groups(),
                p.outputs(),
                p.channels(),
                p.ys(),
                taps,
                Arrays.stream(axes).mapToInt(Axis::count).toArray(),
                new int[] {1, 1, 1},
                Arrays.stream(axes).mapToInt(Axis::before).toArray(),
                Arrays.stream(axes).mapToInt(Axis::dilation).toArray());
        ConvForward.run(turned, dy, weights(axes), y);
    }

    /** [groups channels, outputs, taps] of the axes' taps, last tap first. */
    private Tensor weights(Axis[] axes) {
        int taps = axes[0].taps() * axes[1].taps() * axes[2].taps();
        int n = p.groups() * p.channels() * p.outputs() * taps;
        float[] to = TURNED.floats(n);
        int[] at = new int[taps];
        for (int t = 0; t < taps; t++) {
            int back = taps - 1 - t;
            int k0 = axes[0].first() + back / (axes[1].taps() * axes[2].taps()) * axes[0].step();
            int k1 = axes[1].first() + back / axes[2].taps() % axes[1].taps() * axes[1].step();
            int k2 = axes[2].first() + back % axes[2].taps() * axes[2].step();
            at[t] = (k0 * p.ws()[1] + k1) * p.ws()[2] + k2;
        }
        for (int g = 0, i = 0; g < p.groups(); g++) {
            for (int c = 0; c < p.channels(); c++) {
                for (int o = 0; o < p.outputs(); o++) {
                    int from = ((g * p.outputs() + o) * p.channels() + c) * p.taps();
                    for (int t = 0; t < taps; t++) {
                        to[i++] = w[from + at[t]];
                    }
                }
            }
        }
        Tensor turned = Tensor.allocate(DType.F32, n);
        Floats.store(to, 0, turned.segment(), 0, n);
        return turned;
    }

    /** Parts to where they belong: rows of x, each from a row of every part. */
    private void spread(Tensor[] parts, int z, int h, int depth, int height) {
        int[] s = p.stride(), x = p.xs();
        int rows = depth * height;
        var from = Arrays.stream(parts).map(Tensor::segment).toArray(MemorySegment[]::new);
        var to = dx.segment();
        Workers.run(p.batch() * p.groups() * p.channels(), 2L * parts.length * parts[0].size(), plane -> {
            float[] row = TO.floats(x[2]);
            float[] all = FROM.floats(rows * (x[2] + s[2]));
            int[] at = new int[parts.length + 1];
            for (int r = 0; r < parts.length; r++) {
                int size = rows * count(r);
                Floats.load(from[r], (long) plane * size, all, at[r], size);
                at[r + 1] = at[r] + size;
            }
            for (int i = 0; i < rows; i++) {
                for (int r = 0; r < parts.length; r++) {
                    every(all, at[r] + i * count(r), row, r, s[2], count(r));
                }
                int c = z + i / height * s[0], l = h + i % height * s[1];
                Floats.store(row, 0, to, (long) plane * p.inputs() + ((long) c * x[1] + l) * x[2], x[2]);
            }
        });
    }

    /** Numbers of a row that are of a residue of the last axis. */
    private int count(int residue) {
        return (p.xs()[2] - residue - 1) / p.stride()[2] + 1;
    }

    private static void every(float[] from, int at, float[] to, int first, int step, int n) {
        for (int i = 0; i < n; i++) {
            to[first + i * step] = from[at + i];
        }
    }
}
