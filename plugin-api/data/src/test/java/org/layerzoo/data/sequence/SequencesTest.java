package org.layerzoo.data.sequence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.layerzoo.data.Rng;
import org.layerzoo.data.text.Characters;

class SequencesTest {
    @Test
    void everyQueryAsksForTheValueThatCameAfterItsKey() {
        Mqar m = new Mqar(64, 40, 6, 0.1);
        int near = 0;
        for (int s = 0; s < 200; s++) {
            TokenSample t = m.draw(Rng.of(s));
            Map<Long, Long> values = new HashMap<>();
            for (int i = 0; i < 12; i += 2) {
                assertTrue(
                        t.tokens()[i] >= 1 && t.tokens()[i] < 32 && t.tokens()[i + 1] >= 32 && t.tokens()[i + 1] < 64);
                values.put(t.tokens()[i], t.tokens()[i + 1]);
            }
            assertEquals(6, values.size());
            int queries = 0;
            for (int i = 0; i < 40; i++) {
                if (t.targets()[i] != TokenSample.IGNORED) {
                    queries++;
                    assertEquals(values.get(t.tokens()[i]), t.targets()[i]);
                    near += i < 26 ? 1 : 0;
                }
            }
            assertEquals(6, queries);
        }
        assertTrue(near > 1200 * 0.55, "a power law prefers near places, found " + near + " of 1200 in the first half");
    }

    @Test
    void withoutNoiseOnlyPairsAndQueriesAreThere() {
        TokenSample t = new Mqar(64, 40, 6, 0.1, false).draw(Rng.of(1));
        TokenSample noisy = new Mqar(64, 40, 6, 0.1).draw(Rng.of(1));
        assertArrayEquals(Arrays.copyOf(noisy.tokens(), 12), Arrays.copyOf(t.tokens(), 12));
        for (int i = 12; i < 40; i++) {
            assertEquals(t.targets()[i] == TokenSample.IGNORED, t.tokens()[i] == 0, "token " + i);
        }
    }

    @Test
    void aCopyRepeatsWhatCameBeforeTheSeparator() {
        TokenSample t = new Copy(8, 5).draw(Rng.of(3));
        assertEquals(0, t.tokens()[5]);
        for (int i = 0; i < 5; i++) {
            assertEquals(TokenSample.IGNORED, t.targets()[i]);
            assertEquals(t.tokens()[i], t.targets()[5 + i]);
            assertTrue(t.tokens()[i] >= 1 && t.tokens()[i] < 8);
        }
        assertArrayEquals(Arrays.copyOfRange(t.targets(), 5, 9), Arrays.copyOfRange(t.tokens(), 6, 10));
    }

    @Test
    void selectiveCopyingAsksForTheSymbolsInTheirOrder() {
        TokenSample t = new SelectiveCopy(16, 40, 7).draw(Rng.of(5));
        long[] symbols = Arrays.stream(t.tokens(), 0, 40).filter(x -> x != 0).toArray();
        assertEquals(7, symbols.length);
        assertArrayEquals(symbols, Arrays.copyOfRange(t.targets(), 40, 47));
        assertTrue(Arrays.stream(symbols).allMatch(x -> x >= 1 && x <= 14));
        assertTrue(Arrays.stream(t.tokens(), 40, 47).allMatch(x -> x == 15));
        assertTrue(Arrays.stream(t.targets(), 0, 40).allMatch(x -> x == TokenSample.IGNORED));
    }

    @Test
    void inductionAsksForWhatFollowedTheTrigger() {
        for (int s = 0; s < 200; s++) {
            TokenSample t = new Induction(6, 12).draw(Rng.of(s));
            int first = 0;
            while (t.tokens()[first] != 0) {
                first++;
            }
            assertEquals(0, t.tokens()[11]);
            assertEquals(2, Arrays.stream(t.tokens()).filter(x -> x == 0).count());
            assertEquals(t.tokens()[first + 1], t.targets()[11]);
            assertTrue(t.targets()[11] >= 1, "the trigger is never the answer");
        }
    }

    @Test
    void permutationsFormAGroupInLexicographicOrder() {
        Permutations p = new Permutations(4, 3);
        assertEquals(24, p.size());
        assertArrayEquals(new int[] {0, 1, 2, 3}, p.of(0));
        assertArrayEquals(new int[] {3, 2, 1, 0}, p.of(23));
        assertArrayEquals(new int[] {0, 1, 3, 2}, p.of(1));
        for (int a = 0; a < 24; a++) {
            assertEquals(a, p.number(p.of(a)));
            assertEquals(a, p.times(a, 0));
            assertEquals(a, p.times(0, a));
            boolean[] seen = new boolean[24];
            for (int b = 0; b < 24; b++) {
                seen[p.times(a, b)] = true;
                for (int c = 0; c < 24; c += 5) {
                    assertEquals(p.times(p.times(a, b), c), p.times(a, p.times(b, c)));
                }
            }
            for (boolean s : seen) {
                assertTrue(s, "a row of the table has every element");
            }
        }
        assertNotEquals(p.times(1, 2), p.times(2, 1));
    }

    @Test
    void windowsOfATextAskForTheNextCharacterAndDoNotOverlap() {
        String text = "abcdefghijklmnopqrstuvwxyz".repeat(3);
        Characters c = new Characters(text, 5);
        for (int s = 0; s < 50; s++) {
            TokenSample t = c.draw(Rng.of(s));
            assertTrue(text.contains(spelt(t.tokens())));
            assertArrayEquals(Arrays.copyOfRange(t.tokens(), 1, 5), Arrays.copyOf(t.targets(), 4));
            assertEquals(TokenSample.IGNORED, t.targets()[4]);
        }
        Set<String> windows = new HashSet<>();
        for (int s = 0; s < 2000; s++) {
            windows.add(spelt(c.draw(Rng.of(s)).tokens()));
        }
        assertEquals(15, windows.size(), "78 characters hold 15 whole windows, and one alphabet repeats none of them");
        assertTrue(Characters.manuals(64).text().length() > 50_000);
        assertThrows(IllegalArgumentException.class, () -> new Characters(text, 10));
        assertThrows(IllegalArgumentException.class, () -> new Characters("\u00e9".repeat(50), 2));
    }

    private static String spelt(long[] tokens) {
        StringBuilder s = new StringBuilder();
        Arrays.stream(tokens).forEach(t -> s.append((char) t));
        return s.toString();
    }

    @Test
    void sizesThatDoNotFitAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new SelectiveCopy(16, 4, 5));
        assertThrows(IllegalArgumentException.class, () -> new Induction(2, 8));
        assertThrows(IllegalArgumentException.class, () -> new Permutations(7, 8));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new Mqar(16, 64, 8, 1))
                .getMessage()
                .contains("keys"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new Mqar(64, 20, 6, 1))
                .getMessage()
                .contains("at least 24 tokens"));
        assertThrows(IllegalArgumentException.class, () -> new Copy(2, 5));
    }

    @Test
    void wavesAskForTheirKindAtTheMark() {
        Waves w = new Waves(16, 64);
        double[] highest = new double[Waves.KINDS];
        for (int i = 0; i < 300; i++) {
            TokenSample s = w.draw(Rng.of(i));
            assertEquals(16, s.tokens()[63]);
            int kind = Math.toIntExact(s.targets()[63]) - 17;
            long high = 0;
            for (int t = 0; t < 63; t++) {
                assertEquals(TokenSample.IGNORED, s.targets()[t]);
                assertTrue(s.tokens()[t] >= 0 && s.tokens()[t] < 16);
                high += s.tokens()[t] > 9 ? 1 : 0;
            }
            highest[kind] += high / 63.0 / 60;
        }
        // A square is up half of the time, a pulse an eighth.
        assertTrue(highest[1] > 2 * highest[4] && highest[4] > 0, java.util.Arrays.toString(highest));
    }
}
