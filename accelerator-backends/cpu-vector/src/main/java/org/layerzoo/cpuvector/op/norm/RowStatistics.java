package org.layerzoo.cpuvector.op.norm;

import org.layerzoo.core.op.norm.Root;

/**
 * What a normalised row y = (x - mean) factor needs for its gradient: dx = g factor + (x - mean) along + shift.
 *
 * @param slope of the factor in the sum of squares, twice: along = slope sum(g (x - mean))
 */
record RowStatistics(double mean, double factor, double slope) {
    /** @param share by how many elements squares are divided */
    static RowStatistics of(
            float[] v, int at, int n, boolean centre, double share, Root root, double eps, double[] lanes) {
        double mean = centre ? DoubleRow.sum(v, at, n, lanes) / n : 0;
        double s = DoubleRow.squares(v, at, n, mean, lanes) / share;
        return switch (root) {
            case INSIDE -> {
                double f = 1 / Math.sqrt(s + eps);
                yield new RowStatistics(mean, f, -f * f * f / share);
            }
            // a row of zeros has no derivative of its root
            case OUTSIDE -> {
                double f = 1 / (Math.sqrt(s) + eps);
                yield new RowStatistics(mean, f, s > 0 ? -f * f / (Math.sqrt(s) * share) : 0);
            }
            case MAX -> {
                boolean regular = s > eps * eps;
                double f = regular ? 1 / Math.sqrt(s) : 1 / eps;
                yield new RowStatistics(mean, f, regular ? -f * f * f / share : 0);
            }
        };
    }
}
