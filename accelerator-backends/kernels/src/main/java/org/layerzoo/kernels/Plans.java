package org.layerzoo.kernels;

import java.util.Optional;
import org.layerzoo.core.gpu.GpuOp;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.kernels.op.elementwise.BinaryPlan;
import org.layerzoo.kernels.op.elementwise.UnaryPlan;

/** Which plan belongs to which op. */
final class Plans {
    private static final UnaryPlan UNARY = new UnaryPlan();
    private static final BinaryPlan BINARY = new BinaryPlan();
    private static final OwnPlan OWN = new OwnPlan();

    private Plans() {}

    @SuppressWarnings("unchecked")
    static <O extends Op> Optional<Plan<O>> of(O op) {
        return Optional.ofNullable((Plan<O>) find(op));
    }

    private static Plan<?> find(Op op) {
        return switch (op) {
            case Primitive.Unary u -> UNARY;
            case Primitive.Binary b -> BINARY;
            case GpuOp g -> OWN;
            default -> Engines.find(op);
        };
    }
}
