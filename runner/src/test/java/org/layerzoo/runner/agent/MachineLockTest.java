package org.layerzoo.runner.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineLockTest {
    @TempDir
    Path directory;

    @Test
    void measurementWaitsForItsNeighboursUntilItIsGivenUp() throws Exception {
        Path file = directory.resolve("lock");
        AtomicInteger asked = new AtomicInteger();
        try (MachineLock _ = MachineLock.acquire(file, false, () -> false).orElseThrow()) {
            Optional<MachineLock> alone = MachineLock.acquire(file, true, () -> asked.incrementAndGet() > 2);
            assertEquals(Optional.empty(), alone);
            assertEquals(3, asked.get(), "it asked before each attempt");
        }
        try (MachineLock held = MachineLock.acquire(file, true, () -> false).orElseThrow()) {
            assertTrue(
                    MachineLock.acquire(file, false, () -> asked.incrementAndGet() > 4)
                            .isEmpty(),
                    held::toString);
        }
    }
}
