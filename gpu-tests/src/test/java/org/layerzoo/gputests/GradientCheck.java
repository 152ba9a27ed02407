package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;

/** Compares gradients in F32 on the OpenCL device with the reference in F64. */
final class GradientCheck {
    static final Backend GPU = Dispatcher.backend("oneapi:opencl");
    private static final double BOUND = 2e-5;
    private final SplittableRandom random = new SplittableRandom(3);

    Tensor within(double lo, double hi, int... dims) {
        int n = IntStream.of(dims).reduce(1, (a, b) -> a * b);
        return Tensor.of(DType.F64, random.doubles(n, lo, hi).toArray(), dims);
    }

    Tensor x(int... dims) {
        return within(-1, 1, dims);
    }

    private static Tensor single(Tensor t) {
        return t.dtype() == DType.F64
                ? Tensor.of(DType.F32, t.toDoubles(), t.shape().dims())
                : t;
    }

    /** Floating tensors in F32. */
    static List<Tensor> narrow(List<Tensor> in) {
        return in.stream().map(GradientCheck::single).toList();
    }

    /** @param given results that have a cotangent */
    void agrees(FusedOp op, List<Tensor> in, Integer... given) {
        TensorScope.run(() -> {
            List<Tensor> all = new ArrayList<>(in);
            List<Tensor> out = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(op, in));
            all.addAll(out);
            for (int g : given) {
                all.add(x(out.get(g).shape().dims()));
            }
            List<Integer> wanted = IntStream.range(0, in.size())
                    .filter(i -> in.get(i).dtype().isFloating())
                    .boxed()
                    .toList();
            GradientOf gradient = new GradientOf(op, in.size(), out.size(), List.of(given), wanted);
            List<Tensor> truth = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(gradient, all));
            List<Tensor> narrow = narrow(all);
            List<TensorSpec> specs = narrow.stream().map(Tensor::spec).toList();
            assertEquals(Optional.empty(), GPU.refusal(gradient, specs));
            List<Tensor> answer = GPU.execute(gradient, narrow);
            double most = truth.stream().mapToDouble(GradientCheck::size).max().orElseThrow();
            for (int i = 0; i < truth.size(); i++) {
                // What is all but zero beside the others is not measured by its own last digits.
                double error = size(truth.get(i)) < 1e-6 * most ? 0 : Errors.relative(answer.get(i), truth.get(i));
                assertTrue(error < BOUND, "gradient to input " + wanted.get(i) + " is off by " + error);
            }
        });
    }

    /** The op's own results. */
    void agreesForward(FusedOp op, List<Tensor> in) {
        TensorScope.run(() -> {
            List<Tensor> truth = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(op, in));
            List<Tensor> narrow = narrow(in);
            assertEquals(
                    Optional.empty(),
                    GPU.refusal(op, narrow.stream().map(Tensor::spec).toList()));
            List<Tensor> answer = GPU.execute(op, narrow);
            for (int i = 0; i < truth.size(); i++) {
                double error = Errors.relative(answer.get(i), truth.get(i));
                assertTrue(error < BOUND, "result " + i + " is off by " + error);
            }
        });
    }

    private static double size(Tensor t) {
        double sum = 0;
        for (double v : t.toDoubles()) {
            sum += v * v;
        }
        return Math.sqrt(sum);
    }
}
