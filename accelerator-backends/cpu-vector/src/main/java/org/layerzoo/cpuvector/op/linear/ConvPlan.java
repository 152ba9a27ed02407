package org.layerzoo.cpuvector.op.linear;

import java.util.Arrays;
import org.layerzoo.core.op.Primitive.ConvGeometry;
import org.layerzoo.core.tensor.Shape;

/**
 * A convolution as products of matrices: per sample and group W [outputs, depth] times columns [depth, positions], where a
 * column holds the inputs that one output position meets, depth = channels of a group times taps. Spatial axes are three, missing ones in
 * front are 1.
 */
record ConvPlan(
        int batch,
        int groups,
        int channels,
        int outputs,
        int[] xs,
        int[] ws,
        int[] ys,
        int[] stride,
        int[] before,
        int[] dilation) {
    static ConvPlan of(ConvGeometry g, Shape x, Shape w, Shape y) {
        return new ConvPlan(
                x.dim(0),
                g.groups(),
                w.dim(1),
                w.dim(0) / g.groups(),
                three(x.sub(2, x.rank()).dims(), 1),
                three(w.sub(2, w.rank()).dims(), 1),
                three(y.sub(2, y.rank()).dims(), 1),
                three(g.stride(), 1),
                three(g.before(), 0),
                three(g.dilation(), 1));
    }

    private static int[] three(int[] v, int missing) {
        int[] out = new int[3];
        Arrays.fill(out, missing);
        System.arraycopy(v, 0, out, 3 - v.length, v.length);
        return out;
    }

    private static int volume(int[] v) {
        return v[0] * v[1] * v[2];
    }

    int taps() {
        return volume(ws);
    }

    int depth() {
        return channels * taps();
    }

    int positions() {
        return volume(ys);
    }

    int inputs() {
        return volume(xs);
    }

    /** Where x of a sample and group begins. */
    int xAt(int sample, int group) {
        return (sample * groups + group) * channels * inputs();
    }

    /** Where y of a sample and group begins. */
    int yAt(int sample, int group) {
        return (sample * groups + group) * outputs * positions();
    }

    /** Whether output positions are input positions: one tap, no stride, no padding. */
    boolean isProduct() {
        return taps() == 1
                && Arrays.equals(xs, ys)
                && volume(stride) == 1
                && Arrays.stream(before).allMatch(b -> b == 0);
    }

    boolean depthwise() {
        return channels == 1 && outputs == 1;
    }

    /** columns [depth, ld]: those of positions from .. from + n - 1 are filled from x. */
    void columns(float[] x, int xAt, int from, int n, float[] columns, int ld) {
        int[] source = new int[n];
        for (int tap = 0; tap < taps(); tap++) {
            sources(tap, from, n, source);
            for (int c = 0; c < channels; c++) {
                int row = (c * taps() + tap) * ld;
                int plane = xAt + c * inputs();
                for (int i = 0; i < n; i++) {
                    columns[row + i] = source[i] < 0 ? 0 : x[plane + source[i]];
                }
            }
        }
    }

    /** The adjoint of {@link #columns}: columns are added to x. */
    void scatter(float[] columns, int ld, int from, int n, float[] x) {
        int[] source = new int[n];
        for (int tap = 0; tap < taps(); tap++) {
            sources(tap, from, n, source);
            for (int c = 0; c < channels; c++) {
                int row = (c * taps() + tap) * ld;
                int plane = c * inputs();
                for (int i = 0; i < n; i++) {
                    if (source[i] >= 0) {
                        x[plane + source[i]] += columns[row + i];
                    }
                }
            }
        }
    }

    /** The input that each output position meets with a tap, -1 in the padding. */
    private void sources(int tap, int from, int n, int[] out) {
        int[] at = {tap / (ws[1] * ws[2]), tap / ws[2] % ws[1], tap % ws[2]};
        for (int i = 0; i < n; i++) {
            int p = from + i;
            int z = p / (ys[1] * ys[2]) * stride[0] - before[0] + at[0] * dilation[0];
            int r = p / ys[2] % ys[1] * stride[1] - before[1] + at[1] * dilation[1];
            int c = p % ys[2] * stride[2] - before[2] + at[2] * dilation[2];
            boolean inside = z >= 0 && z < xs[0] && r >= 0 && r < xs[1] && c >= 0 && c < xs[2];
            out[i] = inside ? (z * xs[1] + r) * xs[2] + c : -1;
        }
    }
}
