package org.layerzoo.cpuvector.op.norm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Width;

/**
 * Blocks of channels of x [B, C, spatial..]: a sample's share of a block is one run of memory, and a task takes a block through all samples.
 * Positions that a mask hides are left out when a run is read and are 0 when it is written.
 *
 * @param mask BOOL [B, positions]
 * @param block channels of a task
 */
record ChannelRows(int batch, int channels, int positions, Optional<MemorySegment> mask, int block) {
    /** Elements of a task's share of a sample. */
    private static final int SHARE = 1024;

    static ChannelRows of(Shape x, Optional<Tensor> mask) {
        int positions = Math.toIntExact(x.product(2, x.rank()));
        int block = Math.clamp(SHARE / Math.max(1, positions), 1, x.dim(1));
        return new ChannelRows(x.dim(0), x.dim(1), positions, mask.map(Tensor::segment), block);
    }

    int tasks() {
        return (channels + block - 1) / block;
    }

    int width(int task) {
        return Math.min(block, channels - task * block);
    }

    /** Room for a task's share of a sample. */
    int room() {
        return block * positions;
    }

    private long at(int sample, int task) {
        return ((long) sample * channels + (long) task * block) * positions;
    }

    /** Which positions of a sample count, in order. @return how many */
    int valid(int sample, int[] to) {
        if (mask.isEmpty()) {
            return positions;
        }
        int n = 0;
        for (int p = 0; p < positions; p++) {
            if (mask.get().get(ValueLayout.JAVA_BYTE, (long) sample * positions + p) != 0) {
                to[n++] = p;
            }
        }
        return n;
    }

    /** The n valid positions of each channel of a sample, channel after channel. */
    void load(MemorySegment x, int sample, int task, int[] valid, int n, float[] to) {
        Floats.load(x, at(sample, task), to, 0, width(task) * positions);
        if (n < positions) {
            for (int c = 0; c < width(task); c++) {
                for (int i = 0; i < n; i++) {
                    to[c * n + i] = to[c * positions + valid[i]];
                }
            }
        }
    }

    /** The reverse of {@link #load}. */
    void store(float[] y, int sample, int task, int[] valid, int n, MemorySegment to) {
        if (n < positions) {
            for (int c = width(task) - 1; c >= 0; c--) {
                for (int p = positions - 1, i = n - 1; p >= 0; p--) {
                    boolean counts = i >= 0 && valid[i] == p;
                    y[c * positions + p] = counts ? y[c * n + i--] : 0;
                }
            }
        }
        Floats.store(y, 0, to, at(sample, task), width(task) * positions);
    }

    /** Adds the sum of each channel's n numbers. */
    static void sums(float[] v, int channels, int n, double[] to, double[] lanes) {
        if (n == 1) {
            for (int c = 0; c < channels; c++) {
                to[c] += v[c];
            }
            return;
        }
        for (int c = 0; c < channels; c++) {
            to[c] += DoubleRow.sum(v, c * n, n, lanes);
        }
    }

    /** Adds the sum of (v - mean)^2 of each channel. */
    static void squares(float[] v, int channels, int n, double[] mean, double[] to, double[] lanes) {
        if (n == 1) {
            for (int c = 0; c < channels; c++) {
                double d = v[c] - mean[c];
                to[c] += d * d;
            }
            return;
        }
        for (int c = 0; c < channels; c++) {
            to[c] += DoubleRow.squares(v, c * n, n, mean[c], lanes);
        }
    }

    /** Adds the sum of (v - mean) g of each channel. @param wide room for n doubles */
    static void products(
            float[] v, float[] g, int channels, int n, double[] mean, double[] to, double[] wide, double[] lanes) {
        if (n == 1) {
            for (int c = 0; c < channels; c++) {
                to[c] += (v[c] - mean[c]) * g[c];
            }
            return;
        }
        for (int c = 0; c < channels; c++) {
            DoubleRow.widen(g, c * n, NONE, wide, n);
            to[c] += DoubleRow.products(v, c * n, wide, n, mean[c], lanes);
        }
    }

    private static final float[] NONE = {};

    /** v = (v - mean) factor + bias. */
    static void normalise(float[] v, int channels, int n, double[] mean, double[] factor, double[] bias) {
        if (n == 1) {
            for (int c = 0; c < channels; c++) {
                v[c] = (float) ((v[c] - mean[c]) * factor[c] + bias[c]);
            }
            return;
        }
        for (int c = 0; c < channels; c++) {
            double m = mean[c], f = factor[c], b = bias[c];
            for (int i = c * n; i < (c + 1) * n; i++) {
                v[i] = (float) ((v[i] - m) * f + b);
            }
        }
    }

    /** g = own g + along (v - mean) + even. */
    static void combine(
            float[] g, float[] v, int channels, int n, double[] mean, double[] own, double[] along, double[] even) {
        if (n == 1) {
            for (int c = 0; c < channels; c++) {
                g[c] = (float) (own[c] * g[c] + along[c] * (v[c] - mean[c]) + even[c]);
            }
            return;
        }
        for (int c = 0; c < channels; c++) {
            double m = mean[c], o = own[c], a = along[c], e = even[c];
            for (int i = c * n; i < (c + 1) * n; i++) {
                g[i] = (float) (o * g[i] + a * (v[i] - m) + e);
            }
        }
    }

    /** Room for the lanes of a sum. */
    static int lanes() {
        return Width.LANES;
    }
}
