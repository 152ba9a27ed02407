package org.layerzoo.cpuvector.op.linear;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.CpuVectorBackend;
import org.layerzoo.cpuvector.Workers;

/** Adjoints of the convolutions of {@link ConvForwardTest}, against the reference in F64. */
class ConvGradientTest {
    private static final CpuVectorBackend BACKEND = new CpuVectorBackend();

    static Stream<ConvForwardTest.Case> cases() {
        return ConvForwardTest.cases();
    }

    private static Tensor run(Op op, Tensor a, Tensor b) {
        Memory.poison(true);
        try {
            return BACKEND.execute(op, List.of(a, b)).getFirst();
        } finally {
            Memory.poison(false);
        }
    }

    private static int[] y(ConvForwardTest.Case c) {
        return new Primitive.Conv(c.g())
                .infer(List.of(TensorSpec.of(DType.F32, c.x()), TensorSpec.of(DType.F32, c.w())))
                .getFirst()
                .shape()
                .dims();
    }

    private static int[] spatial(int[] dims) {
        return Arrays.copyOfRange(dims, 2, dims.length);
    }

    private static Tensor wide(Tensor t) {
        return Tensor.of(DType.F64, t.toDoubles(), t.shape().dims());
    }

    private static void agrees(Op op, Tensor a, Tensor b) {
        int before = Workers.threads();
        try {
            double[] expected = Exec.with(
                            Reference.INSTANCE, () -> Reference.INSTANCE.apply(op, List.of(wide(a), wide(b))))
                    .getFirst()
                    .toDoubles();
            double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
            Workers.threads(1);
            double[] one = run(op, a, b).toDoubles();
            for (int i = 0; i < expected.length; i++) {
                double error = Math.abs(one[i] - expected[i]);
                assertTrue(error <= 2e-6 * Math.max(1, largest), op + " at " + i + ": error " + error);
            }
            Workers.threads(3);
            assertArrayEquals(one, run(op, a, b).toDoubles());
        } finally {
            Workers.threads(before);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradientsToInputsAgreeWithDoublePrecision(ConvForwardTest.Case c) {
        TensorScope.run(() -> agrees(
                new Primitive.ConvInput(c.g(), spatial(c.x())),
                ConvForwardTest.random(3, y(c)),
                ConvForwardTest.random(4, c.w())));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradientsToWeightsAgreeWithDoublePrecision(ConvForwardTest.Case c) {
        TensorScope.run(() -> agrees(
                new Primitive.ConvWeight(c.g(), spatial(c.w())),
                ConvForwardTest.random(5, c.x()),
                ConvForwardTest.random(6, y(c))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aNumberThatIsNoneReachesExactlyTheInputsThatMeetIt(ConvForwardTest.Case c) {
        TensorScope.run(() -> {
            Op op = new Primitive.ConvInput(c.g(), spatial(c.x()));
            Tensor w = ConvForwardTest.random(4, c.w());
            double[] values = ConvForwardTest.random(3, y(c)).toDoubles();
            float[] plain = run(op, Tensor.of(DType.F32, values, y(c)), w).toFloats();
            values[values.length / 2] = Double.NaN;
            float[] none = run(op, Tensor.of(DType.F32, values, y(c)), w).toFloats();
            values[values.length / 2] = 1000;
            float[] moved = run(op, Tensor.of(DType.F32, values, y(c)), w).toFloats();
            for (int i = 0; i < plain.length; i++) {
                assertTrue(Float.isNaN(none[i]) == (moved[i] != plain[i]), c + " at " + i);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aNumberThatIsNoneReachesTheWeightsThatMeetItAndNoOther(ConvForwardTest.Case c) {
        TensorScope.run(() -> {
            Op op = new Primitive.ConvWeight(c.g(), spatial(c.w()));
            Tensor dy = ConvForwardTest.random(6, y(c));
            double[] values = ConvForwardTest.random(5, c.x()).toDoubles();
            float[] plain = run(op, Tensor.of(DType.F32, values, c.x()), dy).toFloats();
            values[values.length / 2] = Double.NaN;
            float[] none = run(op, Tensor.of(DType.F32, values, c.x()), dy).toFloats();
            values[values.length / 2] = 1000;
            float[] moved = run(op, Tensor.of(DType.F32, values, c.x()), dy).toFloats();
            for (int i = 0; i < plain.length; i++) {
                assertTrue(Float.isNaN(none[i]) == (moved[i] != plain[i]), c + " at " + i);
            }
        });
    }
}
