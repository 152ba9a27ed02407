package org.layerzoo.cpuvector;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.GradientOf;
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

    /** The op's inputs and results with cotangents of o and the log-sum-exp. */
    List<Tensor> cotangents(Attention a) {
        List<Tensor> in = new ArrayList<>(a.inputs());
        List<Tensor> out = reference(a);
        out.forEach(t -> in.add(Tensor.of(DType.F32, t.toDoubles(), t.shape().dims())));
        out.forEach(t -> in.add(random(t.shape().dims())));
        return in;
    }

    /** Gradients to q, k and v. */
    static GradientOf gradient(Attention a) {
        return new GradientOf(a.op(), a.inputs().size(), 2, List.of(0, 1), List.of(0, 1, 2));
    }

    void backward(Attention a) {
        TensorScope.run(() -> {
            GradientOf op = gradient(a);
            List<Tensor> in = cotangents(a);
            List<Tensor> wide = in.stream().map(CaseCheck::widened).toList();
            List<Tensor> expected = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(op, wide));
            CaseCheck.compare("gradient of attend", CaseCheck.run(op, in), expected, BACKWARD);
        });
    }

    void both(Attention a) {
        forward(a);
        backward(a);
    }
}
