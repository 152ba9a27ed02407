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
}
