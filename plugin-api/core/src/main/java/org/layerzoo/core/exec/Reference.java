package org.layerzoo.core.exec;

import java.util.List;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.control.ControlReference;
import org.layerzoo.core.op.elementwise.ElementwiseReference;
import org.layerzoo.core.op.indexing.IndexingReference;
import org.layerzoo.core.op.linear.LinearReference;
import org.layerzoo.core.op.reduction.ReductionReference;
import org.layerzoo.core.op.shaping.ShapingReference;
import org.layerzoo.core.op.source.SourceReference;
import org.layerzoo.core.tensor.Tensor;

/**
 * The meaning of every op, as scalar loops in F64 whose results are rounded once to the output's dtype. It is the
 * truth that tests compare with and the last resort of the dispatcher; it does not try to be fast. Fused ops run as
 * their decomposition.
 */
public final class Reference implements OpInterpreter {
    public static final Reference INSTANCE = new Reference();

    private Reference() {}

    @Override
    public List<Tensor> apply(Op op, List<Tensor> in) {
        return switch (op) {
            case FusedOp f -> fused(f, in);
            case Primitive p -> primitive(p, in);
        };
    }

    /** Inputs are checked against the fused op, so that an error names it and not a primitive inside. */
    private List<Tensor> fused(FusedOp op, List<Tensor> in) {
        op.infer(in.stream().map(Tensor::spec).toList());
        return Exec.with(this, () -> op.decompose(in));
    }

    private static List<Tensor> primitive(Primitive op, List<Tensor> in) {
        // The shapes of a custom op are known by running it, and it may read numbers.
        if (!(op instanceof Primitive.Custom)) {
            op.infer(in.stream().map(Tensor::spec).toList());
        }
        return switch (op) {
            case Primitive.Elementwise e -> ElementwiseReference.run(e, in);
            case Primitive.Reduction r -> ReductionReference.run(r, in);
            case Primitive.Shaping s -> ShapingReference.run(s, in);
            case Primitive.Source s -> SourceReference.run(s);
            case Primitive.Indexing i -> IndexingReference.run(i, in);
            case Primitive.Linear l -> LinearReference.run(l, in);
            case Primitive.Control c -> ControlReference.run(c, in);
        };
    }
}
