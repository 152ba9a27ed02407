package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.testkit.backend.BackendCases;
import org.layerzoo.testkit.backend.BackendCases.Line;
import org.layerzoo.testkit.backend.BackendCases.Outcome;

/** Every GPU kernel through the Level Zero host code, on the shim. */
class LevelZeroCasesTest {
    private static final Backend BACKEND = LevelZeroShim.backend().on("level-zero");
    private static final long SEED = 12;

    static Stream<Line> lines() {
        return Stream.of(BackendCases.primitives(), BackendCases.fused())
                .flatMap(List::stream)
                .filter(l -> BACKEND.refusal(l.op(), l.specs()).isEmpty());
    }

    @ParameterizedTest
    @MethodSource("lines")
    void resultsStayWithinTheCasesBoundOfTheReferenceInDoublePrecision(Line line) {
        Outcome o = BackendCases.check(BACKEND, line, SEED);
        assertEquals(Optional.empty(), o.refusal());
        assertTrue(o.passed(), o.toString());
    }
}
