package org.layerzoo.cpuvector.op.linear;

import java.util.Arrays;
import org.layerzoo.core.op.Primitive.PoolGeometry;
import org.layerzoo.core.tensor.Shape;

/** The windows of one plane, clipped to what is no padding; one to three spatial axes seen as three. */
record Windows(int[] xs, int[] ys, int[] kernel, int[] stride, int[] before) {
    /** One window: x from (inclusive) to (exclusive) per axis, and its flat place in the output plane. */
    @FunctionalInterface
    interface Visitor {
        void visit(int[] from, int[] to, int y);
    }

    static Windows of(PoolGeometry g, Shape x, Shape y) {
        return new Windows(spatial(x), spatial(y), three(g.kernel(), 1), three(g.stride(), 1), three(g.before(), 0));
    }

    private static int[] spatial(Shape s) {
        return three(s.sub(2, s.rank()).dims(), 1);
    }

    private static int[] three(int[] a, int lead) {
        int[] out = new int[3];
        Arrays.fill(out, lead);
        System.arraycopy(a, 0, out, 3 - a.length, a.length);
        return out;
    }

    int inputs() {
        return xs[0] * xs[1] * xs[2];
    }

    int outputs() {
        return ys[0] * ys[1] * ys[2];
    }

    int volume() {
        return kernel[0] * kernel[1] * kernel[2];
    }

    static int count(int[] from, int[] to) {
        return (to[0] - from[0]) * (to[1] - from[1]) * (to[2] - from[2]);
    }

    void each(Visitor v) {
        int[] from = new int[3];
        int[] to = new int[3];
        for (int z = 0; z < ys[0]; z++) {
            clip(0, z, from, to);
            for (int r = 0; r < ys[1]; r++) {
                clip(1, r, from, to);
                for (int c = 0; c < ys[2]; c++) {
                    clip(2, c, from, to);
                    v.visit(from, to, (z * ys[1] + r) * ys[2] + c);
                }
            }
        }
    }

    private void clip(int axis, int at, int[] from, int[] to) {
        int start = at * stride[axis] - before[axis];
        from[axis] = Math.max(0, start);
        to[axis] = Math.max(from[axis], Math.min(xs[axis], start + kernel[axis]));
    }
}
