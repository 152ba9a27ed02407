package org.layerzoo.testkit.rules;

import org.layerzoo.core.op.Errors;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Assertions of the rules; tolerances are constants by dtype, the same on every machine. */
final class Expect {
    /** F32 results that took different orders of summation. */
    static final double F32 = 2e-5;

    static final double F64 = 1e-10;

    private Expect() {}

    static double tolerance(DType d) {
        return switch (d) {
            case F64 -> F64;
            case BF16 -> 3e-2;
            case F16 -> 4e-3;
            default -> F32;
        };
    }

    static void isTrue(boolean condition, String otherwise) {
        if (!condition) {
            throw new Check.Failed(otherwise);
        }
    }

    /** @return the error */
    static double close(String what, Tensor actual, Tensor expected, double tolerance) {
        isTrue(
                actual.shape().equals(expected.shape()),
                what + ": shape " + expected.shape() + " expected, given " + actual.shape());
        double e = error(actual, expected);
        isTrue(e <= tolerance, what + ": relative error " + e + " above " + tolerance);
        return e;
    }

    /** Relative for floats; integers must be equal. Infinite where that or the shape is not so. */
    static double error(Tensor actual, Tensor expected) {
        if (!actual.shape().equals(expected.shape())) {
            return Double.POSITIVE_INFINITY;
        }
        if (actual.dtype().isFloating()) {
            return Errors.relative(actual, expected);
        }
        return Errors.sameBits(actual, expected.cast(actual.dtype())) ? 0 : Double.POSITIVE_INFINITY;
    }

    static double close(String what, Tensors actual, Tensors expected, double tolerance) {
        isTrue(
                actual.names().equals(expected.names()),
                what + ": outputs " + expected.names() + " expected, given " + actual.names());
        double worst = 0;
        for (String n : expected.names()) {
            worst = Math.max(worst, close(what + ", " + n, actual.get(n), expected.get(n), tolerance));
        }
        return worst;
    }

    static void sameBits(String what, Tensors actual, Tensors expected) {
        isTrue(
                actual.names().equals(expected.names()),
                what + ": outputs " + expected.names() + " expected, given " + actual.names());
        for (String n : expected.names()) {
            isTrue(Errors.sameBits(actual.get(n), expected.get(n)), what + ": bits of " + n + " differ");
        }
    }
}
