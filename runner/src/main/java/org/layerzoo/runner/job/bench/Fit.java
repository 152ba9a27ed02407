package org.layerzoo.runner.job.bench;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** Growth with length: the slope of log y over log length by least squares. */
final class Fit {
    private Fit() {}

    /** Absent with fewer than two lengths or where a value is not positive. */
    static OptionalDouble exponent(List<Cell> cells, ToDoubleFunction<Cell> value) {
        int n = cells.size();
        if (n < 2 || cells.stream().anyMatch(c -> !(value.applyAsDouble(c) > 0))) {
            return OptionalDouble.empty();
        }
        double[] x = cells.stream().mapToDouble(c -> Math.log(c.length())).toArray();
        double[] y = cells.stream()
                .mapToDouble(c -> Math.log(value.applyAsDouble(c)))
                .toArray();
        double mx = java.util.Arrays.stream(x).average().orElseThrow();
        double my = java.util.Arrays.stream(y).average().orElseThrow();
        double xy = 0;
        double xx = 0;
        for (int i = 0; i < n; i++) {
            xy += (x[i] - mx) * (y[i] - my);
            xx += (x[i] - mx) * (x[i] - mx);
        }
        return OptionalDouble.of(xy / xx);
    }
}
