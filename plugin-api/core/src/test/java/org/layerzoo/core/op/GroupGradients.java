package org.layerzoo.core.op;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.GradCheck;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Gradient assertions over a group's case table. */
public final class GroupGradients {
    /** Central differences of order four in F64 are good to about 1e-9 here. */
    private static final double TOLERANCE = 1e-6;

    private GroupGradients() {}

    public static Stream<OpCase> differentiable(List<OpCase> cases) {
        return cases.stream().filter(OpCase::differentiable);
    }

    /** Asserts that every input's gradient equals finite differences. */
    public static void assertFirst(OpCase c) {
        assertSmall(c, GradCheck.check(apply(c.op()), c.draw(11, DType.F64), 5));
    }

    /** Asserts that the gradient's gradient equals finite differences. */
    public static void assertSecond(OpCase c) {
        assertSmall(c, GradCheck.second(apply(c.op()), c.draw(12, DType.F64), 6));
    }

    private static Function<List<Tensor>, List<Tensor>> apply(Op op) {
        return in -> Exec.apply(op, in);
    }

    private static void assertSmall(OpCase c, double[] errors) {
        assertTrue(
                Arrays.stream(errors).allMatch(e -> e <= TOLERANCE),
                () -> c.name() + ": relative errors by input " + Arrays.toString(errors));
    }
}
