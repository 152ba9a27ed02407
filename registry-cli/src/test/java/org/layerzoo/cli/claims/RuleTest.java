package org.layerzoo.cli.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;

class RuleTest {
    private static final ToDoubleFunction<String> FIGURES = Map.of("a.time", 1.1, "b.ms.1024", 20.0, "c", 3.0)::get;

    @Test
    void productsBindStrongerThanSumsAndBothStrongerThanComparisons() {
        assertEquals(7, Rule.value("1 + 2 * c", FIGURES));
        assertEquals(9, Rule.value("(1 + 2) * c", FIGURES));
        assertEquals(-4, Rule.value("2 - c - 3", FIGURES));
        assertEquals(2.5, Rule.value("b.ms.1024 / 4 / 2", FIGURES));
        assertTrue(Rule.holds("1 + c <= 2 * 2", FIGURES));
    }

    @Test
    void allComparisonsMustHold() {
        assertTrue(Rule.holds("a.time <= 1.15 and b.ms.1024 > 19", FIGURES));
        assertFalse(Rule.holds("a.time <= 1.15 and b.ms.1024 > 20", FIGURES));
        assertFalse(Rule.holds("a.time < 1.1 and c >= 3", FIGURES));
    }

    @Test
    void functionsTakeSums() {
        assertEquals(3, Rule.value("max(1, c, a.time + 1)", FIGURES));
        assertEquals(1, Rule.value("min(1, c)", FIGURES));
        assertEquals(2, Rule.value("abs(1 - c)", FIGURES));
        assertEquals(2, Rule.value("log(64) / log(8)", FIGURES), 1e-12);
    }

    @Test
    void whatIsNoRuleSaysWhatWasExpectedAndGiven() {
        for (String wrong : new String[] {"a.time", "c <= ", "c = 3", "(c < 3", "c < 3 or c > 4", "floor(c) < 1", ""}) {
            ZooException e = assertThrows(ZooException.class, () -> Rule.holds(wrong, FIGURES), wrong);
            assertTrue(e.getMessage().contains("expected, given"), e.getMessage());
        }
    }

    @Test
    void figuresInASentenceHaveAboutThreeDigits() {
        assertEquals(
                "T^1.10, 20 ms, 33.3 %, 0.067, 12346",
                Shown.of("T^{a.time}, {b.ms.1024} ms, {100 / c} %, {0.2 / c}, {12345.6}", FIGURES));
    }
}
