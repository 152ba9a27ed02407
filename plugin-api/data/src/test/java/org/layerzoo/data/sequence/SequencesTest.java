package org.layerzoo.data.sequence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.layerzoo.data.Rng;

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
    void aCopyRepeatsWhatCameBeforeTheSeparator() {
        TokenSample t = new Copy(8, 5).draw(Rng.of(3));
        assertEquals(0, t.tokens()[5]);
        for (int i = 0; i < 5; i++) {
            assertEquals(TokenSample.IGNORED, t.targets()[i]);
            assertEquals(t.tokens()[i], t.targets()[5 + i]);
            assertTrue(t.tokens()[i] >= 1 && t.tokens()[i] < 8);
        }
        assertArrayEquals(
                java.util.Arrays.copyOfRange(t.targets(), 5, 9), java.util.Arrays.copyOfRange(t.tokens(), 6, 10));
    }

    @Test
    void sizesThatDoNotFitAreRefused() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new Mqar(16, 64, 8, 1))
                .getMessage()
                .contains("keys"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new Mqar(64, 20, 6, 1))
                .getMessage()
                .contains("at least 24 tokens"));
        assertThrows(IllegalArgumentException.class, () -> new Copy(2, 5));
    }
}
