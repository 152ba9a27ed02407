package org.layerzoo.core.op;

import org.layerzoo.core.op.control.ControlGradient;
import org.layerzoo.core.op.elementwise.ElementwiseGradient;
import org.layerzoo.core.op.indexing.IndexingGradient;
import org.layerzoo.core.op.linear.LinearGradient;
import org.layerzoo.core.op.reduction.ReductionGradient;
import org.layerzoo.core.op.shaping.ShapingGradient;

/** Where the gradient rules of each group are found; all are written in ops, so gradients of gradients exist. */
public final class Gradients {
    private Gradients() {}

    public static void backward(Op op, Backprop b) {
        switch (op) {
            case FusedOp f -> f.backward(b);
            case Primitive.Elementwise e -> ElementwiseGradient.backward(e, b);
            case Primitive.Reduction r -> ReductionGradient.backward(r, b);
            case Primitive.Shaping s -> ShapingGradient.backward(s, b);
            case Primitive.Source s -> {}
            case Primitive.Indexing i -> IndexingGradient.backward(i, b);
            case Primitive.Linear l -> LinearGradient.backward(l, b);
            case Primitive.Control c -> ControlGradient.backward(c, b);
        }
    }
}
