package org.layerzoo.core.op.shaping;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.op.GroupGradients;
import org.layerzoo.core.op.OpCase;

class ShapingGradientTest {
    static Stream<OpCase> smooth() {
        return GroupGradients.differentiable(ShapingCases.all());
    }

    static Stream<OpCase> small() {
        return smooth().filter(c -> c.in().getFirst().spec().shape().size() <= 65);
    }

    @ParameterizedTest
    @MethodSource("smooth")
    void gradientEqualsFiniteDifferences(OpCase c) {
        GroupGradients.assertFirst(c);
    }

    @ParameterizedTest
    @MethodSource("small")
    void gradientsGradientIsZeroAsTheMapsAreLinear(OpCase c) {
        GroupGradients.assertSecond(c);
    }
}
