package org.layerzoo.benchmarks.suite;

import java.util.Arrays;

/** Times of the runs of one side, in milliseconds. */
public record Times(double median, double min, int runs) {
    static Times of(double[] ms, int n) {
        double[] sorted = Arrays.copyOf(ms, n);
        Arrays.sort(sorted);
        double median = n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
        return new Times(median, sorted[0], n);
    }
}
