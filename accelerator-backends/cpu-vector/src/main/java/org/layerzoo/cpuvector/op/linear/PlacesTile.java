package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * Products of a convolution's gradient to its weights: sums over places of one number of x times a vector of output channels, six numbers of x
 * and up to four vectors at a time. Lanes are channels, so no sum runs across lanes.
 */
final class PlacesTile {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    /** Numbers of x. */
    static final int ROWS = 6;
    /** Most vectors: what 32 and what 16 registers hold. */
    private static final int WIDEST = L == 16 ? 4 : 2;

    private PlacesTile() {}

    /** Channels that a tile takes of those that are left. */
    static int width(int left) {
        return left > 2 * L && WIDEST == 4 ? 4 * L : left > L ? 2 * L : L;
    }

    /**
     * c[6, width] += sum over runs r and places p of x[starts[first + i] + runs[r] + p] d[(r length + p) width ..].
     *
     * @param end behind the last run
     */
    static void add(
            float[] x,
            int[] starts,
            int first,
            int[] runs,
            int run,
            int end,
            int length,
            float[] d,
            int dAt,
            float[] c,
            int to,
            int width) {
        if (width == L) {
            one(x, starts, first, runs, run, end, length, d, dAt, c, to);
        } else if (width == 2 * L) {
            two(x, starts, first, runs, run, end, length, d, dAt, c, to);
        } else {
            four(x, starts, first, runs, run, end, length, d, dAt, c, to);
        }
    }

    private static void one(
            float[] x,
            int[] starts,
            int first,
            int[] runs,
            int run,
            int end,
            int length,
            float[] d,
            int dAt,
            float[] c,
            int to) {
        FloatVector s0 = fromArray(S, c, to + 0 * L);
        FloatVector s1 = fromArray(S, c, to + 1 * L);
        FloatVector s2 = fromArray(S, c, to + 2 * L);
        FloatVector s3 = fromArray(S, c, to + 3 * L);
        FloatVector s4 = fromArray(S, c, to + 4 * L);
        FloatVector s5 = fromArray(S, c, to + 5 * L);
        int q = dAt;
        for (int r = run; r < end; r++) {
            int x0 = starts[first + 0] + runs[r];
            int x1 = starts[first + 1] + runs[r];
            int x2 = starts[first + 2] + runs[r];
            int x3 = starts[first + 3] + runs[r];
            int x4 = starts[first + 4] + runs[r];
            int x5 = starts[first + 5] + runs[r];
            for (int p = 0; p < length; p++, q += L) {
                FloatVector b0 = fromArray(S, d, q + 0 * L), a;
                a = broadcast(S, x[x0 + p]);
                s0 = a.fma(b0, s0);
                a = broadcast(S, x[x1 + p]);
                s1 = a.fma(b0, s1);
                a = broadcast(S, x[x2 + p]);
                s2 = a.fma(b0, s2);
                a = broadcast(S, x[x3 + p]);
                s3 = a.fma(b0, s3);
                a = broadcast(S, x[x4 + p]);
                s4 = a.fma(b0, s4);
                a = broadcast(S, x[x5 + p]);
                s5 = a.fma(b0, s5);
            }
        }
        s0.intoArray(c, to + 0 * L);
        s1.intoArray(c, to + 1 * L);
        s2.intoArray(c, to + 2 * L);
        s3.intoArray(c, to + 3 * L);
        s4.intoArray(c, to + 4 * L);
        s5.intoArray(c, to + 5 * L);
    }

    private static void two(
            float[] x,
            int[] starts,
            int first,
            int[] runs,
            int run,
            int end,
            int length,
            float[] d,
            int dAt,
            float[] c,
            int to) {
        FloatVector s0 = fromArray(S, c, to + 0 * L), t0 = fromArray(S, c, to + 1 * L);
        FloatVector s1 = fromArray(S, c, to + 2 * L), t1 = fromArray(S, c, to + 3 * L);
        FloatVector s2 = fromArray(S, c, to + 4 * L), t2 = fromArray(S, c, to + 5 * L);
        FloatVector s3 = fromArray(S, c, to + 6 * L), t3 = fromArray(S, c, to + 7 * L);
        FloatVector s4 = fromArray(S, c, to + 8 * L), t4 = fromArray(S, c, to + 9 * L);
        FloatVector s5 = fromArray(S, c, to + 10 * L), t5 = fromArray(S, c, to + 11 * L);
        int q = dAt;
        for (int r = run; r < end; r++) {
            int x0 = starts[first + 0] + runs[r];
            int x1 = starts[first + 1] + runs[r];
            int x2 = starts[first + 2] + runs[r];
            int x3 = starts[first + 3] + runs[r];
            int x4 = starts[first + 4] + runs[r];
            int x5 = starts[first + 5] + runs[r];
            for (int p = 0; p < length; p++, q += 2 * L) {
                FloatVector b0 = fromArray(S, d, q + 0 * L), b1 = fromArray(S, d, q + 1 * L), a;
                a = broadcast(S, x[x0 + p]);
                s0 = a.fma(b0, s0);
                t0 = a.fma(b1, t0);
                a = broadcast(S, x[x1 + p]);
                s1 = a.fma(b0, s1);
                t1 = a.fma(b1, t1);
                a = broadcast(S, x[x2 + p]);
                s2 = a.fma(b0, s2);
                t2 = a.fma(b1, t2);
                a = broadcast(S, x[x3 + p]);
                s3 = a.fma(b0, s3);
                t3 = a.fma(b1, t3);
                a = broadcast(S, x[x4 + p]);
                s4 = a.fma(b0, s4);
                t4 = a.fma(b1, t4);
                a = broadcast(S, x[x5 + p]);
                s5 = a.fma(b0, s5);
                t5 = a.fma(b1, t5);
            }
        }
        s0.intoArray(c, to + 0 * L);
        t0.intoArray(c, to + 1 * L);
        s1.intoArray(c, to + 2 * L);
        t1.intoArray(c, to + 3 * L);
        s2.intoArray(c, to + 4 * L);
        t2.intoArray(c, to + 5 * L);
        s3.intoArray(c, to + 6 * L);
        t3.intoArray(c, to + 7 * L);
        s4.intoArray(c, to + 8 * L);
        t4.intoArray(c, to + 9 * L);
        s5.intoArray(c, to + 10 * L);
        t5.intoArray(c, to + 11 * L);
    }

    private static void four(
            float[] x,
            int[] starts,
            int first,
            int[] runs,
            int run,
            int end,
            int length,
            float[] d,
            int dAt,
            float[] c,
            int to) {
        FloatVector s0 = fromArray(S, c, to + 0 * L),
                t0 = fromArray(S, c, to + 1 * L),
                u0 = fromArray(S, c, to + 2 * L),
                v0 = fromArray(S, c, to + 3 * L);
        FloatVector s1 = fromArray(S, c, to + 4 * L),
                t1 = fromArray(S, c, to + 5 * L),
                u1 = fromArray(S, c, to + 6 * L),
                v1 = fromArray(S, c, to + 7 * L);
        FloatVector s2 = fromArray(S, c, to + 8 * L),
                t2 = fromArray(S, c, to + 9 * L),
                u2 = fromArray(S, c, to + 10 * L),
                v2 = fromArray(S, c, to + 11 * L);
        FloatVector s3 = fromArray(S, c, to + 12 * L),
                t3 = fromArray(S, c, to + 13 * L),
                u3 = fromArray(S, c, to + 14 * L),
                v3 = fromArray(S, c, to + 15 * L);
        FloatVector s4 = fromArray(S, c, to + 16 * L),
                t4 = fromArray(S, c, to + 17 * L),
                u4 = fromArray(S, c, to + 18 * L),
                v4 = fromArray(S, c, to + 19 * L);
        FloatVector s5 = fromArray(S, c, to + 20 * L),
                t5 = fromArray(S, c, to + 21 * L),
                u5 = fromArray(S, c, to + 22 * L),
                v5 = fromArray(S, c, to + 23 * L);
        int q = dAt;
        for (int r = run; r < end; r++) {
            int x0 = starts[first + 0] + runs[r];
            int x1 = starts[first + 1] + runs[r];
            int x2 = starts[first + 2] + runs[r];
            int x3 = starts[first + 3] + runs[r];
            int x4 = starts[first + 4] + runs[r];
            int x5 = starts[first + 5] + runs[r];
            for (int p = 0; p < length; p++, q += 4 * L) {
                FloatVector b0 = fromArray(S, d, q + 0 * L),
                        b1 = fromArray(S, d, q + 1 * L),
                        b2 = fromArray(S, d, q + 2 * L),
                        b3 = fromArray(S, d, q + 3 * L),
                        a;
                a = broadcast(S, x[x0 + p]);
                s0 = a.fma(b0, s0);
                t0 = a.fma(b1, t0);
                u0 = a.fma(b2, u0);
                v0 = a.fma(b3, v0);
                a = broadcast(S, x[x1 + p]);
                s1 = a.fma(b0, s1);
                t1 = a.fma(b1, t1);
                u1 = a.fma(b2, u1);
                v1 = a.fma(b3, v1);
                a = broadcast(S, x[x2 + p]);
                s2 = a.fma(b0, s2);
                t2 = a.fma(b1, t2);
                u2 = a.fma(b2, u2);
                v2 = a.fma(b3, v2);
                a = broadcast(S, x[x3 + p]);
                s3 = a.fma(b0, s3);
                t3 = a.fma(b1, t3);
                u3 = a.fma(b2, u3);
                v3 = a.fma(b3, v3);
                a = broadcast(S, x[x4 + p]);
                s4 = a.fma(b0, s4);
                t4 = a.fma(b1, t4);
                u4 = a.fma(b2, u4);
                v4 = a.fma(b3, v4);
                a = broadcast(S, x[x5 + p]);
                s5 = a.fma(b0, s5);
                t5 = a.fma(b1, t5);
                u5 = a.fma(b2, u5);
                v5 = a.fma(b3, v5);
            }
        }
        s0.intoArray(c, to + 0 * L);
        t0.intoArray(c, to + 1 * L);
        u0.intoArray(c, to + 2 * L);
        v0.intoArray(c, to + 3 * L);
        s1.intoArray(c, to + 4 * L);
        t1.intoArray(c, to + 5 * L);
        u1.intoArray(c, to + 6 * L);
        v1.intoArray(c, to + 7 * L);
        s2.intoArray(c, to + 8 * L);
        t2.intoArray(c, to + 9 * L);
        u2.intoArray(c, to + 10 * L);
        v2.intoArray(c, to + 11 * L);
        s3.intoArray(c, to + 12 * L);
        t3.intoArray(c, to + 13 * L);
        u3.intoArray(c, to + 14 * L);
        v3.intoArray(c, to + 15 * L);
        s4.intoArray(c, to + 16 * L);
        t4.intoArray(c, to + 17 * L);
        u4.intoArray(c, to + 18 * L);
        v4.intoArray(c, to + 19 * L);
        s5.intoArray(c, to + 20 * L);
        t5.intoArray(c, to + 21 * L);
        u5.intoArray(c, to + 22 * L);
        v5.intoArray(c, to + 23 * L);
    }
}
