package org.layerzoo.runner.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitsTest {
    @ParameterizedTest
    @CsvSource({
        "1048576, 1048576",
        "800m, 838860800",
        "4g, 4294967296",
        "4 GiB, 4294967296",
        "16K, 16384",
        "1tb, 1099511627776"
    })
    void sizesAreReadInPowersOf1024(String text, long bytes) {
        assertEquals(bytes, Limits.parseSize(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "g", "-1g", "1.5g", "4x", "1e9"})
    void whatIsNoSizeIsRefused(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> Limits.parseSize(text))
                .getMessage();
        assertTrue(message.startsWith("'" + text + "' is no size"), message);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 bytes", "1536, 1.5 KiB", "67108864, 64 MiB", "1073741824, 1 GiB", "123456789012, 115 GiB"})
    void sizesAreWrittenForPeople(long bytes, String text) {
        assertEquals(text, Limits.formatSize(bytes));
    }

    @Test
    void defaultsAreAGibibyteOfHeapFortyPercentOfMemoryTenMinutesAndAllCores() {
        Limits limits = Limits.defaults();
        assertEquals(1L << 30, limits.heapBytes());
        assertEquals(0.4, limits.memoryBytes() / (double) Limits.machineMemoryBytes(), 1e-6);
        assertEquals(Duration.ofMinutes(10), limits.wallTime());
        assertEquals(Runtime.getRuntime().availableProcessors(), limits.threads());
        assertEquals(limits.heapBytes() + limits.memoryBytes() + (512L << 20), limits.residentBytes());
    }

    @Test
    void impossibleLimitsAreRefused() {
        Limits limits = Limits.defaults();
        assertThrows(IllegalArgumentException.class, () -> limits.withHeapBytes(1));
        assertThrows(IllegalArgumentException.class, () -> limits.withMemoryBytes(-1));
        assertThrows(IllegalArgumentException.class, () -> limits.withWallTime(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> limits.withThreads(0));
    }
}
