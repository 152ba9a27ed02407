package org.layerzoo.core.op.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.layerzoo.core.op.Expect.error;
import static org.layerzoo.core.op.Expect.gradients;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.row;
import static org.layerzoo.core.op.Expect.secondOrderHolds;
import static org.layerzoo.core.op.Expect.shape;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

class ControlTest {
    private static Stream<OpCase> all() {
        return ControlCases.all().stream();
    }

    private static Stream<OpCase> differentiable() {
        return all().filter(OpCase::differentiable);
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyCaseHasTheInferredTypes(OpCase c) {
        Expect.inferredTypes(c);
    }

    @ParameterizedTest
    @MethodSource("differentiable")
    void gradientsEqualFiniteDifferences(OpCase c) {
        Expect.gradientHolds(c);
    }

    @Test
    void stopKeepsTheNumbersAndEndsTheGradient() {
        near(onReference(() -> Ops.stop(row(2, 3))), shape(2), 2, 3);
        // d/dx of x stop(x) is stop(x), not 2x.
        near(
                gradients(in -> in.getFirst().mul(Ops.stop(in.getFirst())), row(2, 3))
                        .getFirst(),
                shape(2),
                2,
                3);
    }

    @Test
    void straightThroughTakesHardNumbersAndSoftGradient() {
        Tensor x = row(0.4, 1.7);
        List<Tensor> g = gradients(
                in -> Ops.straightThrough(Ops.round(in.get(0)), in.get(0).mul(3))
                        .mul(row(1, 10)),
                x);
        near(g.getFirst(), shape(2), 3, 30);
        near(onReference(() -> Ops.straightThrough(Ops.round(x), x)), shape(2), 0, 2);
    }

    @Test
    void aCustomRuleReplacesTheGradientOfWhatRunsInside() {
        Tensor g = gradients(
                        in -> Ops.custom(
                                        "spike",
                                        in,
                                        x -> List.of(x.getFirst().gt(0).cast(DType.F64)),
                                        b -> b.add(
                                                0, () -> b.grad(0).mul(b.in(0)).mul(5)))
                                .getFirst(),
                        row(-1, 2))
                .getFirst();
        near(g, shape(2), -5, 10);
    }

    @Test
    void aCustomRuleWrittenInOpsHasASecondDerivative() {
        secondOrderHolds(
                in -> Ops.custom(
                        "cube",
                        in,
                        x -> List.of(x.getFirst().mul(x.getFirst()).mul(x.getFirst())),
                        b -> b.add(0, () -> b.grad(0).mul(b.in(0)).mul(b.in(0)).mul(3))),
                row(0.5, -1.5, 2));
    }

    @Test
    void aCustomForwardMayReadNumbers() {
        Tensor y = onReference(() -> Ops.custom(
                        "first",
                        List.of(row(4, 5)),
                        x -> List.of(row(x.getFirst().get(0))),
                        b -> {})
                .getFirst());
        near(y, shape(1), 4);
    }

    @Test
    void hostCodeHasNoGradient() {
        TensorSpec two = TensorSpec.of(DType.F64, 2);
        Tensor g = gradients(
                        in -> Ops.host(
                                        "swap",
                                        in,
                                        List.of(two),
                                        x -> List.of(row(
                                                x.getFirst().get(1),
                                                x.getFirst().get(0))))
                                .getFirst(),
                        row(1, 2))
                .getFirst();
        near(g, shape(2), 0, 0);
    }

    @Test
    void errorsNameWhatWasExpectedAndGiven() {
        assertEquals(
                "straight_through: hard and soft of one shape expected, given F64(1) and F64(2)",
                error(() -> Ops.straightThrough(row(1), row(1, 2))));
        assertEquals(
                "host: 'wrong' declares results [F64(2)], given [F64(1)]",
                error(() -> Ops.host(
                        "wrong", List.of(row(1, 2)), List.of(TensorSpec.of(DType.F64, 2)), x -> List.of(row(1)))));
    }
}
