package org.layerzoo.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.spi.Task.Split;

class SplitsTest {
    private static long[] pair(Split split, long index) {
        return Splits.sample(5, split, index, r -> new long[] {r.nextInt(40), r.nextInt(40)}, c -> c);
    }

    @Test
    void evenAFewPossibleSamplesNeverMeetInTwoSplits() {
        Set<String> train = new HashSet<>();
        Set<String> others = new HashSet<>();
        for (int i = 0; i < 2000; i++) {
            train.add(Arrays.toString(pair(Split.TRAIN, i)));
            others.add(Arrays.toString(pair(Split.VALID, i)));
            others.add(Arrays.toString(pair(Split.TEST, i)));
        }
        assertTrue(train.size() > 500 && others.size() > 500);
        others.retainAll(train);
        assertEquals(Set.of(), others);
    }

    @Test
    void aSampleDependsOnItsCoordinatesOnly() {
        pair(Split.TEST, 7);
        assertArrayEquals(pair(Split.TEST, 3), pair(Split.TEST, 3));
        long[] once = {
            Rng.of(1, 2).nextLong(),
            Rng.of(1, 3).nextLong(),
            Rng.of(2, 2).nextLong(),
            Rng.of(2, 1).nextLong()
        };
        assertEquals(4, Arrays.stream(once).distinct().count());
    }

    @Test
    void tooFewSamplesAreAnErrorNotALoop() {
        Split held = Splits.of(new long[] {1});
        Split other = held == Split.TRAIN ? Split.TEST : Split.TRAIN;
        ZooException e =
                assertThrows(ZooException.class, () -> Splits.sample(1, other, 0, r -> new long[] {1}, c -> c));
        assertTrue(e.getMessage().contains("too few different ones"), e.getMessage());
    }

    @Test
    void theStreamIsTheSameOnEveryMachine() {
        Rng r = Rng.of(1, 2, 3);
        assertEquals(SAME, r.nextInt(1000) + " " + r.nextInt(1000) + " " + r.nextLong() + " " + r.nextGaussian());
    }

    private static final String SAME = "23 658 1087262427247426457 -1.171644377115698";

    @Test
    void drawsHaveTheirMoments() {
        Rng r = Rng.of(8);
        int n = 20000;
        double mean = 0;
        double square = 0;
        int[] counts = new int[7];
        for (int i = 0; i < n; i++) {
            double g = r.nextGaussian();
            mean += g / n;
            square += g * g / n;
            counts[r.nextInt(7)]++;
        }
        assertEquals(0, mean, 0.03);
        assertEquals(1, square, 0.05);
        for (int c : counts) {
            assertEquals(n / 7.0, c, 250);
        }
        assertEquals(
                5,
                Arrays.stream(r.choose(5, 9))
                        .distinct()
                        .filter(v -> v >= 0 && v < 9)
                        .count());
    }
}
