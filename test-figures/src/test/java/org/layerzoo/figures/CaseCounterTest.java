package org.layerzoo.figures;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

class CaseCounterTest {
    private final CaseCounter counter = new CaseCounter();

    private void passing() throws Throwable {
        counter.interceptTestMethod(() -> null, null, null);
        counter.interceptTestTemplateMethod(() -> null, null, null);
        counter.interceptDynamicTest(() -> null, null, null);
    }

    @Test
    void casesOfEveryKindAreCountedAndAllMustHold() throws Throwable {
        assertFalse(counter.allHeld(), "no case is no proof");
        passing();
        assertTrue(counter.allHeld());
    }

    @Test
    void oneThatFailsLeavesNoFigures() throws Throwable {
        passing();
        assertThrows(
                AssertionFailedError.class,
                () -> counter.interceptTestMethod(
                        () -> {
                            throw new AssertionFailedError("wrong");
                        },
                        null,
                        null));
        assertFalse(counter.allHeld());
    }

    @Test
    void oneThatIsSkippedLeavesNoFigures() throws Throwable {
        passing();
        assertThrows(
                TestAbortedException.class,
                () -> counter.interceptDynamicTest(
                        () -> {
                            throw new TestAbortedException("no disk may be mounted");
                        },
                        null,
                        null));
        assertFalse(counter.allHeld());
    }
}
