package org.layerzoo.core.op.reduction;

import static org.layerzoo.core.op.Ops.where;

import org.layerzoo.core.op.Backprop;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.PadMode;
import org.layerzoo.core.op.Primitive.ScanKind;
import org.layerzoo.core.op.elementwise.ElementwiseGradient;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Gradients of scans, all without division. With i+1 the element after i in the scan's direction, each is a recurrence
 * R_i = g_i + A_i R_{i+1} from the far end, which is a FirstOrder op in the other direction:
 * <ul>
 *   <li>h_t = a_t h_{t-1} + b_t: A_i = a_{i+1}; db = R, da_t = R_t h_{t-1}, dh0 = a_0 R_0.
 *   <li>running product: dx_i = (product before i) R_i with A_i = x_{i+1}.
 *   <li>running maximum: dx_i = R_i where x_i exceeds all before it, else 0; A_i = 0 where x_{i+1} does so, else 1. Of equal
 *       elements the first gets the gradient.
 *   <li>running log-sum-exp y: dx_i = exp(x_i - y_i) R_i with A_i = exp(y_i - y_{i+1}) <= 1.
 * </ul>
 * An exclusive scan is an inclusive one whose results moved one place on, so that g_{i+1} stands for g_i.
 */
final class ScanGradient {
    private ScanGradient() {}

    static void scan(Primitive.Scan op, Backprop b) {
        Tensor x = b.in(0);
        if (x.size() == 0) {
            return;
        }
        b.add(0, () -> {
            Tensor g = b.grad(0);
            if (op.kind() == ScanKind.SUM) {
                return Ops.scan(ScanKind.SUM, g, op.axis(), !op.reverse(), op.exclusive());
            }
            Line line = new Line(op.axis(), op.reverse());
            Tensor moved = op.exclusive() ? line.next(g, 0) : g;
            return switch (op.kind()) {
                case PROD -> line.exclusive(ScanKind.PROD, x).mul(line.sumBack(line.next(x, 0), moved));
                case MAX -> maximum(line, x, moved);
                case LOGSUMEXP -> {
                    Tensor y =
                            op.exclusive() ? Ops.scan(ScanKind.LOGSUMEXP, x, op.axis(), op.reverse(), false) : b.out(0);
                    // At the end there is no next element; -inf gives the share 0.
                    Tensor keep = ElementwiseGradient.share(y, line.next(y, Double.NEGATIVE_INFINITY));
                    yield ElementwiseGradient.share(x, y).mul(line.sumBack(keep, moved));
                }
                case SUM -> throw new IllegalStateException("handled above");
            };
        });
    }

    private static Tensor maximum(Line line, Tensor x, Tensor g) {
        Tensor zero = Tensor.scalar(x.dtype(), 0);
        Tensor record = x.gt(line.exclusive(ScanKind.MAX, x));
        Tensor keep = where(record, zero, Ops.onesLike(x));
        return where(record, line.sumBack(line.next(keep, 0), g), zero);
    }

    static void firstOrder(Primitive.FirstOrder op, Backprop b) {
        Tensor a = b.in(0);
        if (a.size() == 0 || !b.needs(0) && !b.needs(1) && !b.needs(2)) {
            return;
        }
        Line line = new Line(op.axis(), op.reverse());
        Tensor r = line.sumBack(line.next(a, 0), b.grad(0));
        int n = a.dim(op.axis());
        int first = op.reverse() ? n - 1 : 0;
        b.add(0, () -> {
            Tensor h0 = b.in(2).unsqueeze(op.axis());
            Tensor h = b.out(0);
            Tensor before = op.reverse()
                    ? Ops.concat(op.axis(), h.slice(op.axis(), 1, n), h0)
                    : Ops.concat(op.axis(), h0, h.slice(op.axis(), 0, n - 1));
            return r.mul(before);
        });
        b.add(1, () -> r);
        b.add(2, () -> a.select(op.axis(), first).mul(r.select(op.axis(), first)));
    }

    /** An axis and the direction of the scan along it. */
    private record Line(int axis, boolean reverse) {
        /** Element i is x_{i+1} in the scan's direction; {@code end} at the far end. */
        Tensor next(Tensor x, double end) {
            int n = x.dim(axis);
            return reverse
                    ? Ops.pad(x.slice(axis, 0, n - 1), axis, 1, 0, PadMode.CONSTANT, end)
                    : Ops.pad(x.slice(axis, 1, n), axis, 0, 1, PadMode.CONSTANT, end);
        }

        Tensor exclusive(ScanKind kind, Tensor x) {
            return Ops.scan(kind, x, axis, reverse, true);
        }

        /** R_i = g_i + a_i R_{i+1}. */
        Tensor sumBack(Tensor a, Tensor g) {
            Tensor end = Ops.fill(0, new TensorSpec(g.dtype(), g.shape().without(axis)));
            return Ops.firstOrder(a, g, end, axis, !reverse);
        }
    }
}
