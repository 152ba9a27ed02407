package org.layerzoo.cpuvector.op.linear;

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
        for (int r = 0; r < s[0] * s[1] * s[2]; r++) {
            int[] residue = {r / (s[1] * s[2]), r / s[2] % s[1], r % s[2]};
            TensorScope.run(() -> all.part(residue));
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

    private void part(int[] residue) {
        Axis[] axes = new Axis[3];
        for (int a = 0; a < 3; a++) {
            axes[a] = Axis.of(residue[a], p.xs()[a], p.stride()[a], p.before()[a], p.dilation()[a], p.ws()[a]);
        }
        int[] count = Arrays.stream(axes).mapToInt(Axis::count).toArray();
        int[] taps = Arrays.stream(axes).mapToInt(Axis::taps).toArray();
        int size = count[0] * count[1] * count[2];
        if (size == 0) {
            return;
        }
        boolean whole = p.stride()[0] * p.stride()[1] * p.stride()[2] == 1;
        Tensor y = whole ? dx : Tensor.allocate(DType.F32, p.batch(), p.groups() * p.channels(), size);
        if (taps[0] * taps[1] * taps[2] == 0) {
            y.segment().fill((byte) 0);
        } else {
            ConvPlan turned = new ConvPlan(
                    p.batch(),
                    p.groups(),
                    p.outputs(),
                    p.channels(),
                    p.ys(),
                    taps,
                    count,
                    new int[] {1, 1, 1},
                    Arrays.stream(axes).mapToInt(Axis::before).toArray(),
                    Arrays.stream(axes).mapToInt(Axis::dilation).toArray());
            ConvForward.run(turned, dy, weights(axes), y);
        }
        if (!whole) {
            spread(y, residue, count);
        }
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

    /** Places of a residue to where they belong. */
    private void spread(Tensor y, int[] residue, int[] count) {
        int[] s = p.stride(), x = p.xs();
        int size = count[0] * count[1] * count[2];
        Workers.run(p.batch() * p.groups() * p.channels(), y.size() * 2, plane -> {
            float[] from = FROM.floats(size), row = TO.floats(x[2]);
            Floats.load(y.segment(), (long) plane * size, from, 0, size);
            for (int r = 0; r < count[0] * count[1]; r++) {
                int z = residue[0] + r / count[1] * s[0], h = residue[1] + r % count[1] * s[1];
                long to = (long) plane * p.inputs() + ((long) z * x[1] + h) * x[2];
                if (s[2] == 1) {
                    Floats.store(from, r * count[2], dx.segment(), to, count[2]);
                    continue;
                }
                // residues before this one have written their numbers of the row
                Floats.load(dx.segment(), to, row, 0, x[2]);
                for (int c = 0; c < count[2]; c++) {
                    row[residue[2] + c * s[2]] = from[r * count[2] + c];
                }
                Floats.store(row, 0, dx.segment(), to, x[2]);
            }
        });
    }
}
