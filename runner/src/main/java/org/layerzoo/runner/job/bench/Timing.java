package org.layerzoo.runner.job.bench;

import java.util.Arrays;

/** Times of repeated runs in milliseconds. */
record Timing(double median, double p95, double min, int runs) {
    /** Warm-up is over when this many runs in a row vary by less than {@link #STABLE}, or after its share of time. */
    private static final int WINDOW = 6;

    private static final double STABLE = 0.03;
    private static final long WARM_UP_NANOS = 2_000_000_000L;
    private static final long MEASURE_NANOS = 1_500_000_000L;
    private static final int FEWEST = 5;
    private static final int MOST = 500;
    /** A run as slow as this is not repeated for the sake of statistics. */
    private static final double SLOW_MS = 10_000;

    static Timing of(Runnable body) {
        double[] last = new double[WINDOW];
        long start = System.nanoTime();
        int warm = 0;
        do {
            last[warm++ % WINDOW] = once(body);
        } while (System.nanoTime() - start < WARM_UP_NANOS && !(warm >= WINDOW && variation(last) < STABLE));
        double[] times = new double[MOST];
        int n = 0;
        start = System.nanoTime();
        if (last[0] > SLOW_MS) {
            times[n++] = last[0];
        }
        while (n < 1 || last[0] <= SLOW_MS && n < MOST && (n < FEWEST || System.nanoTime() - start < MEASURE_NANOS)) {
            times[n++] = once(body);
        }
        double[] sorted = Arrays.copyOf(times, n);
        Arrays.sort(sorted);
        double median = n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
        return new Timing(median, sorted[(int) Math.ceil(0.95 * n) - 1], sorted[0], n);
    }

    private static double once(Runnable body) {
        long t = System.nanoTime();
        body.run();
        return (System.nanoTime() - t) / 1e6;
    }

    /** Coefficient of variation. */
    private static double variation(double[] x) {
        double mean = Arrays.stream(x).average().orElseThrow();
        double square =
                Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
        return Math.sqrt(square) / mean;
    }
}
