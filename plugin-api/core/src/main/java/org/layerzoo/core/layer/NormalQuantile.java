package org.layerzoo.core.layer;

/** Quantile of the standard normal, relative error below 1.2e-9 (Acklam's rational approximation). */
final class NormalQuantile {
    private static final double[] A = {
        -39.69683028665376,
        220.9460984245205,
        -275.9285104469687,
        138.3577518672690,
        -30.66479806614716,
        2.506628277459239
    };
    private static final double[] B = {
        -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572
    };
    private static final double[] C = {
        -0.007784894002430293,
        -0.3223964580411365,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783
    };
    private static final double[] D = {0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416};
    private static final double TAIL = 0.02425;

    private NormalQuantile() {}

    static double of(double p) {
        if (p < TAIL) {
            return tail(Math.sqrt(-2 * Math.log(p)));
        }
        if (p > 1 - TAIL) {
            return -tail(Math.sqrt(-2 * Math.log(1 - p)));
        }
        double q = p - 0.5;
        double r = q * q;
        return horner(A, r) * q / (horner(B, r) * r + 1);
    }

    private static double tail(double q) {
        return horner(C, q) / (horner(D, q) * q + 1);
    }

    private static double horner(double[] c, double x) {
        double v = 0;
        for (double k : c) {
            v = v * x + k;
        }
        return v;
    }
}
