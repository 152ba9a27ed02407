package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.op.FusedCases;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.loss.CrossEntropy;
import org.layerzoo.core.op.neighbourhood.Neighbourhood;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.tensor.TensorScope;

/** Every op that this backend runs itself, forward and gradient, at the edges: each test takes all cases of one op from core's tables. */
class EdgeAuditTest {
    private static final Map<String, List<OpCase>> CASES = Stream.concat(
                    AllCases.primitives().stream(), FusedCases.all().stream())
            .collect(Collectors.groupingBy(c -> c.op().name(), TreeMap::new, Collectors.toList()));

    static Set<String> ops() {
        return CASES.keySet();
    }

    private static List<OpCase> small(String op) {
        return CASES.get(op).stream().filter(OddCases::small).toList();
    }

    /** Asks every call that the backend runs. @return how many there were */
    private static int ask(List<OpCase> cases, Function<OpCase, List<EdgeAudit>> calls, Question question) {
        List<String> complaints = new ArrayList<>();
        int[] asked = new int[1];
        for (OpCase c : cases) {
            TensorScope.run(
                    () -> calls.apply(c).stream().filter(EdgeAudit::runs).forEach(a -> {
                        asked[0]++;
                        question.of(a).ifPresent(complaints::add);
                    }));
        }
        assertEquals("", String.join("\n", complaints));
        return asked[0];
    }

    @FunctionalInterface
    interface Question {
        Optional<String> of(EdgeAudit call);
    }

    private static List<EdgeAudit> both(EdgeAudit call) {
        return Stream.concat(Stream.of(call), call.gradient().stream()).toList();
    }

    @ParameterizedTest
    @MethodSource("ops")
    void sizesOfOneAndAboutOneAndTwoVectorsOfEveryAxisAgreeWithTheReference(String op) {
        List<OpCase> odd =
                small(op).stream().flatMap(c -> OddCases.tails(c).stream()).toList();
        ask(odd, c -> both(EdgeAudit.of(c)), EdgeAudit::agrees);
    }

    @ParameterizedTest
    @MethodSource("ops")
    void inputsInTheMiddleOfMemoryGiveEqualBits(String op) {
        ask(small(op), c -> both(EdgeAudit.of(c)), EdgeAudit::views);
    }

    @ParameterizedTest
    @MethodSource("ops")
    void oneTwoAndThreeThreadsGiveEqualBits(String op) {
        Set<List<?>> seen = new HashSet<>();
        // cases that differ in sizes only share their work alike
        List<OpCase> large = CASES.get(op).stream()
                .filter(c -> seen.add(List.of(c.op(), ranks(c))))
                .flatMap(c -> OddCases.large(c).stream())
                .toList();
        ask(large, c -> List.of(EdgeAudit.of(c)), EdgeAudit::threads);
    }

    private static List<?> ranks(OpCase c) {
        return OddCases.specs(c).stream()
                .map(s -> List.of(s.dtype(), s.shape().rank()))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("ops")
    void nanAndInfinitiesReachWhatTheReferenceLetsThemReach(String op) {
        ask(
                small(op),
                c -> {
                    EdgeAudit call = EdgeAudit.of(c);
                    List<EdgeAudit> all = new ArrayList<>();
                    call.wild().forEach(w -> all.addAll(both(w)));
                    call.gradient().ifPresent(g -> all.addAll(g.wild()));
                    return all;
                },
                EdgeAudit::agrees);
    }

    @ParameterizedTest
    @MethodSource("ops")
    void zerosOfBothSignsAndDenormalNumbersAgreeWithTheReference(String op) {
        ask(
                small(op),
                c -> {
                    EdgeAudit call = EdgeAudit.of(c);
                    return Stream.of(
                                    call.mapped("0", v -> 0),
                                    call.mapped("zeros of both signs", v -> v < 0 ? -0.0 : 0.0),
                                    call.mapped("denormal", v -> v * 1e-39))
                            .flatMap(x -> both(x).stream())
                            .toList();
                },
                EdgeAudit::agrees);
    }

    /** Scores of 10,000 and more, of numbers with few digits, so that F32 makes no error before the exponential but that of the scale. */
    @ParameterizedTest
    @MethodSource("ops")
    void logitsOfTensOfThousandsAgreeWithTheReference(String op) {
        int asked = ask(
                small(op).stream().filter(c -> hasLogits(c.op())).toList(),
                c -> both(EdgeAudit.of(c)
                        .mapped("few digits", v -> Math.rint(v * 8) / 8)
                        .mapped(0, v -> v * 8192)),
                call -> call.within(4).agrees());
        assertTrue(asked > 0 || small(op).stream().noneMatch(c -> hasLogits(c.op())));
    }

    private static boolean hasLogits(Op op) {
        return switch (op) {
            case Attend a -> true;
            case Softmax s -> true;
            case CrossEntropy c -> true;
            case Neighbourhood n -> true;
            case Primitive.Reduce r -> r.kind() == Primitive.ReduceKind.LOGSUMEXP;
            case Primitive.Scan s -> s.kind() == Primitive.ScanKind.LOGSUMEXP;
            default -> false;
        };
    }
}
