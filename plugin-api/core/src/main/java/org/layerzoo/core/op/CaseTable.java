package org.layerzoo.core.op;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.OpCase.Input;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;

/** Collects the cases of fused ops. Small ones are checked against finite differences, large ones between backends only. */
public final class CaseTable {
    private static final String SMALL = "sums of a few hundred terms in F32";
    private static final String LARGE = "sums in F32; finite differences run on the small cases of the same op";

    private final List<OpCase> cases = new ArrayList<>();

    /** A case whose gradient is checked too. */
    public CaseTable small(String name, Op op, Input... in) {
        return add(name, op, 1e-5, true, SMALL, in);
    }

    /** A case too large for finite differences. */
    public CaseTable large(String name, Op op, Input... in) {
        return add(name, op, 2e-5, false, LARGE, in);
    }

    public CaseTable add(String name, Op op, double bound, boolean differentiable, String reason, Input... in) {
        cases.add(new OpCase(op.name() + ": " + name, op, List.of(in), bound, differentiable, reason));
        return this;
    }

    public List<OpCase> all() {
        return List.copyOf(cases);
    }

    /** Floats in [-1, 1). */
    public static Input x(int... dims) {
        return within(-1, 1, dims);
    }

    public static Input within(double lo, double hi, int... dims) {
        return new Input(TensorSpec.of(DType.F32, dims), lo, hi);
    }

    /** Integers in [lo, hi). */
    public static Input ids(int lo, int hi, int... dims) {
        return new Input(TensorSpec.of(DType.I64, dims), lo, hi);
    }

    public static Input flags(int... dims) {
        return new Input(TensorSpec.of(DType.BOOL, dims), 0, 2);
    }
}
