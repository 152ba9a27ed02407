package org.layerzoo.cpuvector;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** Draws attention's inputs and compares its kernels with the dense form in F64. */
final class AttendCheck {
    private static final double FORWARD = 1e-5;
    private static final double BACKWARD = 3e-5;

    private final SplittableRandom random;

    AttendCheck(long seed) {
        random = new SplittableRandom(seed);
    }

    Tensor random(int... dims) {
        double[] v = new double[Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
        Arrays.setAll(v, i -> random.nextDouble(-1, 1));
        return Tensor.of(DType.F32, v, dims);
    }

    void forward(Attention a) {
        TensorScope.run(() -> {
            List<Tensor> expected = reference(a);
            CaseCheck.compare("attend", CaseCheck.run(a.op(), a.inputs()), expected, FORWARD);
        });
    }

    private static List<Tensor> reference(Attention a) {
        List<Tensor> wide = a.inputs().stream().map(CaseCheck::widened).toList();
        return Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(a.op(), wide));
    }

    /** Gradients to q, k and v. */
    GradientCheck gradient(Attention a) {
        return GradientCheck.of(a.op(), a.inputs(), List.of(0, 1, 2), random.nextLong());
    }

    void backward(Attention a) {
        TensorScope.run(() -> gradient(a).agrees("gradient of attend", BACKWARD));
    }

    void both(Attention a) {
        forward(a);
        backward(a);
    }
}
