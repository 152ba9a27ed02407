package org.layerzoo.cpuvector;

import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.core.tensor.Shape;

/**
 * Where results may be infinite or no number, beside the reference in F64. IEEE leaves nothing open in one operation, but the order
 * of a sum, a product with 0 and a limit are the kernel's to choose:
 *
 * <ul>
 *   <li>KINDS, primitives: NaN and each infinity exactly where the reference has them.
 *   <li>PLACES, fused ops: in the same places; whether inf - inf or inf x 0 came first, so NaN or an infinity, is left open.
 *   <li>LINES: only within lines (planes of a convolution, else all but the two last axes, or the first) that the reference spoils too; all
 *       other lines are right to their last digit. Convolutions multiply their padding of zeros, transforms 0 by NaN, or skip it; gradients
 *       multiply what is hidden by 0, and take the limits of derivatives at infinity, where the reference computes inf x 0.
 * </ul>
 *
 * @param line elements in a line
 */
record Wild(Rule rule, int line) {
    enum Rule {
        KINDS,
        PLACES,
        LINES
    }

    /** What an op is tried with. Attention that is no softmax takes a score of -inf for the mark of what is hidden. */
    static double[] values(Op op) {
        Op forward = op instanceof GradientOf g ? g.op() : op;
        return forward instanceof Attend a && !a.norm().hasLse()
                ? new double[] {Double.NaN}
                : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    }

    static Wild of(Op op, Shape s) {
        boolean planes =
                op instanceof Primitive.Conv || op instanceof Primitive.ConvInput || op instanceof Primitive.ConvWeight;
        int leading = planes ? 2 : s.rank() > 2 ? s.rank() - 2 : Math.min(1, s.rank());
        int lines = Math.toIntExact(s.product(0, leading));
        return new Wild(rule(op), Math.toIntExact(s.size()) / Math.max(1, lines));
    }

    private static Rule rule(Op op) {
        return switch (op) {
            case GradientOf g -> Rule.LINES;
            case Primitive.Conv c -> Rule.LINES;
            case Primitive.ConvInput c -> Rule.LINES;
            case Primitive.ConvWeight c -> Rule.LINES;
            case Primitive.Fft f -> Rule.LINES;
            case Primitive.Rfft f -> Rule.LINES;
            case Primitive.Irfft f -> Rule.LINES;
            case LongConv c -> Rule.LINES;
            case Primitive p -> Rule.KINDS;
            default -> Rule.PLACES;
        };
    }

    /** Which elements are compared as numbers. @param b the reference's */
    IntPredicate counts(double[] b) {
        if (rule != Rule.LINES) {
            return i -> true;
        }
        boolean[] spoilt = new boolean[line == 0 ? 0 : b.length / line];
        IntStream.range(0, b.length).filter(i -> !finite(b[i])).forEach(i -> spoilt[i / line] = true);
        return i -> !spoilt[i / line];
    }

    Optional<String> complaint(double[] a, double[] b) {
        IntPredicate counts = counts(b);
        return IntStream.range(0, b.length)
                .filter(i -> counts.test(i) && !agree(a[i], b[i]))
                .mapToObj(i -> "element " + i + " of " + b.length + ": " + a[i] + " for " + b[i])
                .findFirst();
    }

    private boolean agree(double a, double b) {
        if (Double.isFinite(a) || finite(b)) {
            return Double.isFinite(a) == finite(b);
        }
        return rule != Rule.KINDS || Double.isNaN(a) == Double.isNaN(b) && (Double.isNaN(a) || a > 0 == b > 0);
    }

    /** What F64 holds beyond the range of F32 is infinite there. */
    private static boolean finite(double b) {
        return Math.abs(b) <= Float.MAX_VALUE;
    }
}
