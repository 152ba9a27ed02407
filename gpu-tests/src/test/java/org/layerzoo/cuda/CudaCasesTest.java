package org.layerzoo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.testkit.backend.BackendCases;
import org.layerzoo.testkit.backend.BackendCases.Line;
import org.layerzoo.testkit.backend.BackendCases.Outcome;

/**
 * The CUDA backend's host code on a driver of the tests' own, whose kernels are the SPIR-V of the same sources. That the kernels are right
 * is the concern of the cases by OpenCL, so a part of the cases is enough here.
 */
class CudaCasesTest {
    private static final long SEED = 13;
    /** Of the cases that the device runs, one in so many. */
    private static final int EACH = 29;

    static {
        CudaShim.get("launches");
    }

    private static final Backend BACKEND = Dispatcher.backend("cuda");

    static Stream<Line> lines() {
        List<Line> taken = Stream.of(BackendCases.primitives(), BackendCases.fused())
                .flatMap(List::stream)
                .filter(l -> BACKEND.refusal(l.op(), l.specs()).isEmpty())
                .toList();
        return java.util.stream.IntStream.range(0, taken.size())
                .filter(i -> i % EACH == 0)
                .mapToObj(taken::get);
    }

    @ParameterizedTest
    @MethodSource("lines")
    void resultsStayWithinTheCasesBoundOfTheReferenceInDoublePrecision(Line line) {
        Outcome o = BackendCases.check(BACKEND, line, SEED);
        assertEquals(Optional.empty(), o.refusal());
        assertTrue(o.passed(), o.toString());
    }

    @Test
    void kernelsRunOnTheDeviceAndCopiesGoThroughPinnedMemory() {
        Line line = lines().findFirst().orElseThrow();
        long before = CudaShim.get("launches");
        assertTrue(BackendCases.check(BACKEND, line, SEED).passed());
        assertTrue(CudaShim.get("launches") > before, "the kernels run on the CUDA device");
        assertEquals(0, CudaShim.get("unpinned"));
    }
}
