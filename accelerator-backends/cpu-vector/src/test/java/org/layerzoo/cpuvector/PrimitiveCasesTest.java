package org.layerzoo.cpuvector;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.op.OpCase;

class PrimitiveCasesTest {
    static Stream<OpCase> cases() {
        return AllCases.primitives().stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void resultsStayWithinTheCasesBoundOfTheReferenceInDoublePrecision(OpCase c) {
        List.of(7L, 11L, 2026L).forEach(seed -> CaseCheck.check(c, seed));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void oneAndTwoThreadsGiveEqualBits(OpCase c) {
        CaseCheck.threadsDoNotMatter(c);
    }
}
