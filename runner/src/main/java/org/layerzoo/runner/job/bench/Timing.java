package org.layerzoo.runner.job.bench;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/** Times of repeated runs in milliseconds. */
record Timing(double median, double p95, double min, int runs) {
    /** Warm-up is over when this many runs in a row vary by less than {@link #STABLE}, or after its share of time. */
    private static final int WINDOW = 6;

    private static final double STABLE = 0.03;
    private static final long WARM_UP_NANOS = 3_000_000_000L;
    private static final long MEASURE_NANOS = 1_500_000_000L;
    private static final int FEWEST = 5;
    private static final int MOST = 500;
    /** A run as slow as this is not repeated for the sake of statistics. */
    private static final double SLOW_MS = 10_000;

    /** A turn of one of several bodies lasts so long, so that its first run, which finds the others' data in the caches, weighs little. */
    private static final long TURN_NANOS = 30_000_000L;

    /**
     * How times are taken.
     *
     * @param clock what they are read from
     * @param effort share of the usual time for warm-up and measuring
     */
    record How(Question.Clock clock, double effort) {}

    /** Runs bodies in turns until each has had its share of a round, so that all meet the same machine. */
    static void round(List<Samples> all, int rounds) {
        all.forEach(s -> s.until((long) (s.how.effort() * MEASURE_NANOS / rounds), Math.ceilDiv(FEWEST, rounds)));
        while (all.stream().anyMatch(s -> !s.done())) {
            all.stream().filter(s -> !s.done()).forEach(s -> s.turn(all.size() > 1 ? TURN_NANOS : 0));
        }
    }

    /** The runs of one body so far. */
    static final class Samples {
        private final Runnable body;
        private final LongSupplier clock;
        private final How how;
        private final double[] times = new double[MOST];
        private int count;
        private double spentMs;
        private double enoughMs;
        private int enough;
        private boolean slow;

        private Samples(Runnable body, How how) {
            this.body = body;
            this.how = how;
            this.clock = how.clock().nanos();
        }

        static Samples warm(Runnable body, How how) {
            Samples s = new Samples(body, how);
            double[] last = new double[WINDOW];
            long start = s.clock.getAsLong();
            int warm = 0;
            do {
                last[warm++ % WINDOW] = s.once();
            } while (s.clock.getAsLong() - start < how.effort() * WARM_UP_NANOS
                    && !(warm >= WINDOW && variation(last) < STABLE));
            s.slow = last[0] > SLOW_MS;
            if (s.slow) {
                s.times[s.count++] = last[0];
            }
            return s;
        }

        /** The next round ends with so much more time and so many more runs. */
        private void until(long nanos, int runs) {
            enoughMs = spentMs + nanos / 1e6;
            enough = count + runs;
        }

        private boolean done() {
            return slow || count == MOST || count >= enough && spentMs >= enoughMs;
        }

        /** Leaves out what was measured so far, unless a run is too slow to be repeated. */
        void forget() {
            if (!slow) {
                count = 0;
                spentMs = 0;
            }
        }

        /** At least one run. */
        private void turn(long nanos) {
            long start = clock.getAsLong();
            do {
                times[count] = once();
                spentMs += times[count++];
            } while (count < MOST && clock.getAsLong() - start < nanos);
        }

        private double once() {
            long t = clock.getAsLong();
            body.run();
            return (clock.getAsLong() - t) / 1e6;
        }

        Timing timing() {
            double[] sorted = Arrays.copyOf(times, count);
            Arrays.sort(sorted);
            double median = count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
            return new Timing(median, sorted[(int) Math.ceil(0.95 * count) - 1], sorted[0], count);
        }
    }

    /** Coefficient of variation. */
    private static double variation(double[] x) {
        double mean = Arrays.stream(x).average().orElseThrow();
        double square =
                Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
        return Math.sqrt(square) / mean;
    }
}
