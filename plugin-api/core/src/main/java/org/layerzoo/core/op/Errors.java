package org.layerzoo.core.op;

import java.lang.foreign.MemorySegment;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.Tensor;

/** Distances between tensors, computed in F64. */
public final class Errors {
    private Errors() {}

    /** ||a - b|| / ||b||; NaN or infinity in either gives NaN; ||a|| when b is all zero. */
    public static double relative(Tensor a, Tensor b) {
        if (!a.shape().equals(b.shape())) {
            throw ZooException.badShape("compare: shapes " + a.shape() + " and " + b.shape() + " differ");
        }
        double[] x = a.toDoubles();
        double[] y = b.toDoubles();
        double diff = 0;
        double norm = 0;
        for (int i = 0; i < x.length; i++) {
            if (!Double.isFinite(x[i]) || !Double.isFinite(y[i])) {
                return Double.NaN;
            }
            diff += (x[i] - y[i]) * (x[i] - y[i]);
            norm += y[i] * y[i];
        }
        return norm == 0 ? Math.sqrt(diff) : Math.sqrt(diff / norm);
    }

    /** Largest |a - b|; NaN if any value is not finite. */
    public static double maxAbs(Tensor a, Tensor b) {
        double[] x = a.toDoubles();
        double[] y = b.toDoubles();
        double m = 0;
        for (int i = 0; i < x.length; i++) {
            double d = Math.abs(x[i] - y[i]);
            if (!(d <= Double.MAX_VALUE)) {
                return Double.NaN;
            }
            m = Math.max(m, d);
        }
        return m;
    }

    public static double norm(Tensor t) {
        double s = 0;
        for (double v : t.toDoubles()) {
            s += v * v;
        }
        return Math.sqrt(s);
    }

    public static boolean finite(Tensor t) {
        for (double v : t.toDoubles()) {
            if (!Double.isFinite(v)) {
                return false;
            }
        }
        return true;
    }

    public static boolean sameBits(Tensor a, Tensor b) {
        return a.spec().equals(b.spec())
                && MemorySegment.mismatch(
                                a.segment(),
                                0,
                                a.spec().bytes(),
                                b.segment(),
                                0,
                                b.spec().bytes())
                        == -1;
    }
}
