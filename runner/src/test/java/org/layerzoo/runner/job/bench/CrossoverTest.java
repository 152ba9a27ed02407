package org.layerzoo.runner.job.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Where one layer overtakes another. */
class CrossoverTest {
    private static List<Cell> cells(DoubleUnaryOperator time, int... lengths) {
        return IntStream.of(lengths)
                .mapToObj(n -> {
                    double ms = time.applyAsDouble(n);
                    return new Cell(
                            n, new Timing(ms, ms, ms, 5), Optional.empty(), 0, 1, List.of(), new Gate.Verdict(0, n));
                })
                .toList();
    }

    @Test
    void powersOfTheLengthMeetExactlyWhereTheyShould() {
        List<Cell> quadratic = cells(n -> n * n / 1000, 256, 512, 1024, 2048);
        List<Cell> linear = cells(n -> n * 0.7, 256, 512, 1024, 2048);
        List<Crossover> found = Crossover.between("attention", quadratic, "mamba", linear);
        assertEquals(1, found.size());
        assertEquals("attention", found.getFirst().before());
        assertEquals("mamba", found.getFirst().after());
        assertEquals(700, found.getFirst().length(), 1e-6);
    }

    @Test
    void whatIsAlwaysFasterOvertakesNothing() {
        List<Cell> slow = cells(n -> n * 2, 256, 512);
        List<Cell> fast = cells(n -> n, 256, 512);
        assertEquals(List.of(), Crossover.between("a", slow, "b", fast));
    }

    @Test
    void lengthsThatOneOfThemLacksAreLeftOut() {
        List<Cell> a = cells(n -> n * n / 1000, 256, 512, 1024, 2048);
        List<Cell> b = cells(n -> n * 0.7, 256, 2048);
        assertEquals(700, Crossover.between("b", b, "a", a).getFirst().length(), 1e-6);
    }
}
