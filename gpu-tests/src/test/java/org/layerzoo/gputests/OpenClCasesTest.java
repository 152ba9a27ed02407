package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.testkit.backend.BackendCases;
import org.layerzoo.testkit.backend.BackendCases.Line;
import org.layerzoo.testkit.backend.BackendCases.Outcome;

/** Every GPU kernel, from the SPIR-V that is checked in, on the OpenCL device of this machine. */
class OpenClCasesTest {
    private static final Backend BACKEND = Dispatcher.backend("oneapi:opencl");
    private static final long SEED = 11;

    static Stream<Line> lines() {
        return Stream.of(BackendCases.primitives(), BackendCases.fused())
                .flatMap(List::stream)
                .filter(l -> BACKEND.refusal(l.op(), l.specs()).isEmpty());
    }

    @ParameterizedTest
    @MethodSource("lines")
    void resultsStayWithinTheCasesBoundOfTheReferenceInDoublePrecision(Line line) {
        Outcome o = BackendCases.check(BACKEND, line, SEED);
        assertEquals(java.util.Optional.empty(), o.refusal());
        assertTrue(o.passed(), o.toString());
    }
}
