package org.layerzoo.cpuvector.op.linear;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/** The gradient of a convolution of one channel a group to its weights: dy with zeros between its rows times shifts of x, a task a channel. */
final class DepthwiseWeights {
    private static final Scratch PLANE = new Scratch();
    private static final Scratch X = new Scratch();
    private static final Scratch Y = new Scratch();

    private DepthwiseWeights() {}

    static void run(ConvPlan p, MemorySegment x, MemorySegment dy, MemorySegment dw) {
        Phases phases = Phases.of(p);
        int[] runs = phases.outputRows();
        Workers.run(p.groups(), (long) p.batch() * p.groups() * p.positions() * p.taps(), g -> {
            Channel c = new Channel(p, phases, runs, x, dy, g);
            double[] sums = new double[p.taps()];
            c.sums(true, sums);
            // between rows NaN and infinities meet zeros, which in a sum of products they do not
            if (!Arrays.stream(sums).allMatch(Double::isFinite)) {
                Arrays.fill(sums, 0);
                c.sums(false, sums);
            }
            for (int t = 0; t < sums.length; t++) {
                Floats.set(dw, (long) g * p.taps() + t, (float) sums[t]);
            }
        });
    }

    private record Channel(ConvPlan p, Phases phases, int[] runs, MemorySegment x, MemorySegment dy, int group) {
        void sums(boolean across, double[] sums) {
            int length = p.ys()[2];
            int n = runs[runs.length - 1] + length;
            float[] stored = PLANE.floats(Math.max(p.inputs(), p.positions()));
            float[] plane = X.floats(phases.size() + Width.LANES);
            float[] d = Y.floats(n);
            Arrays.fill(d, 0, n + Width.LANES, 0f);
            Arrays.fill(plane, phases.size(), phases.size() + Width.LANES, 0f);
            for (int b = 0; b < p.batch(); b++) {
                long item = (long) b * p.groups() + group;
                Floats.load(x, item * p.inputs(), stored, 0, p.inputs());
                phases.fill(stored, 0, plane, 0);
                Floats.load(dy, item * p.positions(), stored, 0, p.positions());
                for (int r = 0; r < runs.length; r++) {
                    System.arraycopy(stored, r * length, d, runs[r], length);
                }
                if (across) {
                    DotRun.add(d, n, plane, phases.offsets(), sums);
                } else {
                    rows(d, plane, length, sums);
                }
            }
        }

        /** Row by row, number by number. */
        private void rows(float[] d, float[] plane, int length, double[] sums) {
            for (int t = 0; t < sums.length; t++) {
                for (int run : runs) {
                    for (int i = run; i < run + length; i++) {
                        sums[t] += (double) d[i] * plane[i + phases.offsets()[t]];
                    }
                }
            }
        }
    }
}
