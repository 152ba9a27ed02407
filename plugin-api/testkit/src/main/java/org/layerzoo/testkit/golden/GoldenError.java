package org.layerzoo.testkit.golden;

import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/**
 * Error of a float tensor: ||a - b|| / max(||b||, 1e-3 s), s the largest norm among the case's reference tensors of the
 * same group. Reference entries that are infinite or at least 2^32 in size are sentinels: ours must have the same sign and
 * be as large, and they leave both tensors. Other non-finite values give NaN. Integers must be equal.
 */
final class GoldenError {
    private static final double SENTINEL = 0x1p32;

    private GoldenError() {}

    /** Largest norm of the references, sentinels left out. */
    static double scale(Iterable<Tensors> groups) {
        double s = 0;
        for (Tensors g : groups) {
            for (Tensor t : g.tensors()) {
                if (t.dtype().isFloating()) {
                    s = Math.max(s, norm(t));
                }
            }
        }
        return s;
    }

    /** Infinity when shapes, integers or sentinels differ. */
    static double of(Tensor ours, Tensor reference, double scale) {
        if (!ours.shape().equals(reference.shape())) {
            return Double.POSITIVE_INFINITY;
        }
        double[] a = ours.toDoubles();
        double[] b = reference.toDoubles();
        if (!reference.dtype().isFloating()) {
            return java.util.Arrays.equals(a, b) ? 0 : Double.POSITIVE_INFINITY;
        }
        double diff = 0;
        double norm = 0;
        for (int i = 0; i < a.length; i++) {
            if (isSentinel(b[i])) {
                if (!isSentinel(a[i]) || Math.signum(a[i]) != Math.signum(b[i])) {
                    return Double.POSITIVE_INFINITY;
                }
                continue;
            }
            if (!Double.isFinite(a[i]) || !Double.isFinite(b[i])) {
                return Double.NaN;
            }
            diff += (a[i] - b[i]) * (a[i] - b[i]);
            norm += b[i] * b[i];
        }
        double base = Math.max(Math.sqrt(norm), 1e-3 * scale);
        return base == 0 ? Math.sqrt(diff) : Math.sqrt(diff) / base;
    }

    private static double norm(Tensor t) {
        double s = 0;
        for (double v : t.toDoubles()) {
            if (!isSentinel(v) && !Double.isNaN(v)) {
                s += v * v;
            }
        }
        return Math.sqrt(s);
    }

    private static boolean isSentinel(double v) {
        return Double.isInfinite(v) || Math.abs(v) >= SENTINEL;
    }
}
