package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

class PrimitiveCasesTest {
    static Stream<OpCase> cases() {
        return AllCases.primitives().stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void resultsStayWithinTheCasesBoundOfTheReferenceInDoublePrecision(OpCase c) {
        CaseCheck.check(c);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void oneAndTwoThreadsGiveEqualBits(OpCase c) {
        int before = Workers.threads();
        try {
            TensorScope.run(() -> {
                List<Tensor> in = c.draw(3);
                Workers.threads(1);
                List<Tensor> one = CaseCheck.run(c.op(), in);
                Workers.threads(2);
                List<Tensor> two = CaseCheck.run(c.op(), in);
                for (int i = 0; i < one.size(); i++) {
                    assertArrayEquals(one.get(i).toDoubles(), two.get(i).toDoubles());
                }
            });
        } finally {
            Workers.threads(before);
        }
    }
}
