package org.layerzoo.core.op;

import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.control.ControlRules;
import org.layerzoo.core.op.elementwise.ElementwiseRules;
import org.layerzoo.core.op.indexing.IndexingRules;
import org.layerzoo.core.op.linear.LinearRules;
import org.layerzoo.core.op.reduction.ReductionRules;
import org.layerzoo.core.op.shaping.ShapingRules;
import org.layerzoo.core.op.source.SourceRules;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;

/** Where the shape rules of each group are found, and the checks they share. */
public final class Rules {
    private Rules() {}

    static List<TensorSpec> infer(Primitive op, List<TensorSpec> in) {
        return switch (op) {
            case Primitive.Elementwise e -> ElementwiseRules.infer(e, in);
            case Primitive.Reduction r -> ReductionRules.infer(r, in);
            case Primitive.Shaping s -> ShapingRules.infer(s, in);
            case Primitive.Source s -> SourceRules.infer(s, in);
            case Primitive.Indexing i -> IndexingRules.infer(i, in);
            case Primitive.Linear l -> LinearRules.infer(l, in);
            case Primitive.Control c -> ControlRules.infer(c, in);
        };
    }

    /** @throws ZooException unless the op got that many inputs */
    public static void inputs(Op op, List<TensorSpec> in, int expected) {
        if (in.size() != expected) {
            throw ZooException.badArgument(op.name() + ": " + expected + " inputs expected, given " + in.size());
        }
    }

    /** @throws ZooException unless the input has the rank */
    public static void rank(Op op, String argument, TensorSpec t, int expected) {
        if (t.shape().rank() != expected) {
            throw ZooException.badShape(op.name() + ": " + argument + " of rank " + expected + " expected, given " + t);
        }
    }

    /** @throws ZooException unless the input has floating elements */
    public static void floating(Op op, String argument, TensorSpec t) {
        if (!t.dtype().isFloating()) {
            throw badDType(op, argument, "a floating dtype", t);
        }
    }

    /** @throws ZooException unless the input has the dtype */
    public static void dtype(Op op, String argument, TensorSpec t, DType expected) {
        if (t.dtype() != expected) {
            throw badDType(op, argument, expected.toString(), t);
        }
    }

    /** @throws ZooException unless both have one dtype */
    public static void sameDType(Op op, TensorSpec a, TensorSpec b) {
        if (a.dtype() != b.dtype()) {
            throw new ZooException(
                    org.layerzoo.core.ErrorCode.BAD_DTYPE,
                    op.name() + ": both inputs of one dtype expected, given " + a + " and " + b + " (cast one)");
        }
    }

    /** @throws ZooException with the message unless the condition holds */
    public static void require(Op op, boolean condition, String message) {
        if (!condition) {
            throw ZooException.badShape(op.name() + ": " + message);
        }
    }

    private static ZooException badDType(Op op, String argument, String expected, TensorSpec t) {
        return new ZooException(
                org.layerzoo.core.ErrorCode.BAD_DTYPE,
                op.name() + ": " + argument + " of " + expected + " expected, given " + t);
    }
}
