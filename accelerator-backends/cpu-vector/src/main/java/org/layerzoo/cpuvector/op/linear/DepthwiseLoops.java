package org.layerzoo.cpuvector.op.linear;

import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** One plane with one kernel, tap by tap: rows of outputs meet shifted rows of inputs; at stride 1 in vectors. */
record DepthwiseLoops(ConvPlan p) {
    static DepthwiseLoops of(ConvPlan p) {
        return new DepthwiseLoops(p);
    }

    /** A run of outputs y .. y+n-1 that meets inputs x, x + step, ... with one tap. */
    @FunctionalInterface
    private interface Run {
        void on(int tap, int x, int step, int y, int n);
    }

    void input(float[] dy, int yAt, float[] w, int wAt, float[] dx) {
        walk((tap, xi, step, yi, n) -> {
            if (step == 1) {
                RowLoops.axpy(w[wAt + tap], dy, yAt + yi, dx, xi, n);
            } else {
                for (int i = 0; i < n; i++) {
                    dx[xi + i * step] = Math.fma(w[wAt + tap], dy[yAt + yi + i], dx[xi + i * step]);
                }
            }
        });
    }

    float[] weight(float[] x, int xAt, float[] dy, int yAt) {
        double[] sum = new double[p.taps()];
        walk((tap, xi, step, yi, n) -> {
            if (step == 1) {
                sum[tap] += RowLoops.dot(x, xAt + xi, dy, yAt + yi, n);
            } else {
                for (int i = 0; i < n; i++) {
                    sum[tap] += (double) x[xAt + xi + i * step] * dy[yAt + yi + i];
                }
            }
        });
        float[] out = new float[sum.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) sum[i];
        }
        return out;
    }

    private void walk(Run run) {
        for (int tap = 0; tap < p.taps(); tap++) {
            int[] at = {tap / (p.ws()[1] * p.ws()[2]), tap / p.ws()[2] % p.ws()[1], tap % p.ws()[2]};
            int first = first(2, at[2]);
            int n = end(2, at[2]) - first;
            if (n <= 0) {
                continue;
            }
            int xi = source(2, at[2], first);
            for (int z = first(0, at[0]); z < end(0, at[0]); z++) {
                for (int r = first(1, at[1]); r < end(1, at[1]); r++) {
                    int row = (source(0, at[0], z) * p.xs()[1] + source(1, at[1], r)) * p.xs()[2];
                    run.on(tap, row + xi, p.stride()[2], (z * p.ys()[1] + r) * p.ys()[2] + first, n);
                }
            }
        }
    }

    private int source(int axis, int tap, int y) {
        return y * p.stride()[axis] - p.before()[axis] + tap * p.dilation()[axis];
    }

    /** First output whose input exists. */
    private int first(int axis, int tap) {
        int missing = p.before()[axis] - tap * p.dilation()[axis];
        return missing <= 0 ? 0 : (missing + p.stride()[axis] - 1) / p.stride()[axis];
    }

    /** Behind the last output whose input exists. */
    private int end(int axis, int tap) {
        int room = p.xs()[axis] - 1 + p.before()[axis] - tap * p.dilation()[axis];
        return room < 0 ? 0 : Math.min(p.ys()[axis], room / p.stride()[axis] + 1);
    }
}
