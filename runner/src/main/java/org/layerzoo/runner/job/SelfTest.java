package org.layerzoo.runner.job;

import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.runner.child.JobProblem;
import org.layerzoo.runner.child.RunnerProblem;

/**
 * Whether this runner can judge at all. A runner whose parts do not fit together fails every plugin alike, and a good one must not be
 * rejected for that: what fails here is the runner's fault, and says so.
 */
final class SelfTest {
    private static final double TOLERANCE = 1e-4;

    private SelfTest() {}

    /** @throws JobProblem RUNNER_BROKEN with the reason */
    static void require(String backend) {
        double error;
        try {
            error = TensorScope.use(() -> Errors.relative(
                    computed(Dispatcher.of(backend, false)), computed(Dispatcher.of("reference", false))));
        } catch (RuntimeException | LinkageError e) {
            throw broken(e.toString(), e);
        }
        if (!(error < TOLERANCE)) {
            throw broken("a product differs from the reference by " + error, new ArithmeticException());
        }
    }

    private static JobProblem broken(String why, Throwable cause) {
        var problem = new JobProblem(RunnerProblem.RUNNER_BROKEN.with(
                "this runner cannot verify: " + why.strip().replaceAll("\\s*\\R\\s*", " / ")));
        problem.initCause(cause);
        return problem;
    }

    private static Tensor computed(Dispatcher dispatcher) {
        float[] values = new float[12];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i - 5) / 7f;
        }
        return Exec.with(dispatcher, () -> Ops.exp(Ops.matmul(Tensor.of(values, 3, 4), Tensor.of(values, 4, 3)))
                .cast(org.layerzoo.core.tensor.DType.F32));
    }
}
