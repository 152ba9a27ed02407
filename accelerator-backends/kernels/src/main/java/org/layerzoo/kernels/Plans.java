package org.layerzoo.kernels;

import java.util.Optional;
import org.layerzoo.core.gpu.GpuOp;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.kernels.op.recur.RecurGradientPlan;
import org.layerzoo.kernels.op.recur.RecurPlan;

/** Which plan belongs to which op. */
final class Plans {
    private static final RecurPlan RECUR = new RecurPlan();
    private static final RecurGradientPlan RECUR_GRADIENT = new RecurGradientPlan();
    private static final OwnPlan OWN = new OwnPlan();

    private Plans() {}

    @SuppressWarnings("unchecked")
    static <O extends Op> Optional<Plan<O>> of(O op) {
        return Optional.ofNullable((Plan<O>) find(op));
    }

    private static Plan<?> find(Op op) {
        return switch (op) {
            case Primitive.Elementwise e -> Primitives.find(e);
            case Primitive.Shaping s -> Primitives.find(s);
            case Primitive.Reduction r -> Primitives.find(r);
            case Primitive.Indexing i -> Primitives.find(i);
            case Primitive.Source s -> Primitives.find(s);
            case Recur r -> RECUR;
            case GradientOf g -> gradient(g);
            case GpuOp g -> OWN;
            default -> Engines.find(op);
        };
    }

    private static Plan<?> gradient(GradientOf g) {
        return switch (g.op()) {
            case Recur r -> RECUR_GRADIENT;
            default -> Engines.find(g);
        };
    }
}
