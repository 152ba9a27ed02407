package org.layerzoo.core.op.control;

import java.util.List;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** Shapes and ranges of the control ops. */
public final class ControlCases {
    private static final OpCase.Input X = new OpCase.Input(TensorSpec.of(DType.F32, 7, 5), -2, 2);

    private ControlCases() {}

    public static List<OpCase> all() {
        return List.of(
                of("stop", new Primitive.Stop(), false, "its gradient is zero by definition", X),
                of(
                        "straight through",
                        new Primitive.StraightThrough(),
                        false,
                        "its gradient is the soft input's",
                        X,
                        X),
                of("custom product", product(), true, "two roundings", X, X),
                of("host reversal", reversal(), false, "no gradient by definition", X));
    }

    private static OpCase of(String name, Op op, boolean differentiable, String reason, OpCase.Input... in) {
        return new OpCase(name, op, List.of(in), 1e-6, differentiable, reason);
    }

    private static Op product() {
        return new Primitive.Custom("product", in -> List.of(in.get(0).mul(in.get(1))), b -> {
            b.add(0, () -> b.grad(0).mul(b.in(1)));
            b.add(1, () -> b.grad(0).mul(b.in(0)));
        });
    }

    private static Op reversal() {
        TensorSpec result = TensorSpec.of(DType.F32, 35);
        return new Primitive.Host("reversal", List.of(result), in -> {
            double[] x = in.getFirst().toDoubles();
            double[] y = new double[x.length];
            for (int i = 0; i < y.length; i++) {
                y[i] = x[x.length - 1 - i];
            }
            return List.of(Tensor.of(DType.F32, y, y.length));
        });
    }
}
