package org.layerzoo.core.op.dense;

import static org.layerzoo.core.op.CaseTable.within;
import static org.layerzoo.core.op.CaseTable.x;

import java.util.List;
import org.layerzoo.core.op.CaseTable;
import org.layerzoo.core.op.OpCase;

/** Shapes and ranges of the dense ops. */
public final class DenseCases {
    private DenseCases() {}

    public static List<OpCase> all() {
        CaseTable t = new CaseTable();
        t.small("plain", new LinearMap(false, Activation.NONE), x(2, 3, 7), x(5, 7));
        t.small("one row", new LinearMap(true, Activation.NONE), x(7), x(5, 7), x(5));
        for (Activation a :
                List.of(Activation.GELU, Activation.GELU_TANH, Activation.SILU, Activation.SIGMOID, Activation.TANH)) {
            t.small(a.toString(), new LinearMap(true, a), x(3, 13), x(7, 13), x(7));
            t.small(a.toString(), new Glu(a), x(3, 5), x(3, 5));
        }
        t.add(
                "relu",
                new LinearMap(true, Activation.RELU),
                1e-5,
                false,
                "sums near the kink of relu",
                x(63, 65),
                x(64, 65),
                x(64));
        t.large("65 x 1000 x 63", new LinearMap(true, Activation.GELU), x(65, 1000), x(63, 1000), x(63));
        t.large("1000", new Glu(Activation.SILU), x(7, 1000), x(7, 1000));
        newton(t, "a ridge", new NewtonInverse(4, 0.1), 2, 7, 7);
        newton(t, "33 x 33", new NewtonInverse(3, 0), 2, 3, 33, 33);
        return t.all();
    }

    /** Few steps, since matrices that are not symmetric need not converge; for so long they stay bounded. */
    private static void newton(CaseTable t, String name, NewtonInverse op, int... dims) {
        t.add(name, op, 2e-5, false, "its gradient is that of the inverse, not of the steps", within(0, 1, dims));
    }
}
