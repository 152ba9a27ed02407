package org.layerzoo.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.testkit.rules.Portability;
import org.layerzoo.testkit.rules.Portability.Result;

class PortabilityTest {
    private static Result on(String backend) {
        return Portability.of(new GatedMixer(Fault.NONE), backend, 1);
    }

    @Test
    void aDeviceThatAgreesPassesAndItsCheapFallbacksAreListed() {
        Result r = on("odd:exact");
        assertEquals(List.of(), r.failures());
        assertTrue(r.passed());
        assertTrue(r.forwardError().orElseThrow() < 1e-6, r.toString());
        assertTrue(r.gradientError().orElseThrow() < 1e-5, r.toString());
        assertEquals(List.of("mat_mul"), r.hotOps());
        assertEquals(Map.of("iota: not on this device", 4L), r.fallbacks());
    }

    @Test
    void aDeviceWhoseNumbersAreOffFailsWithEachTensorNamed() {
        Result r = on("odd:wrong");
        assertTrue(r.forwardError().orElseThrow() > 1e-4, r.toString());
        assertTrue(r.failures().stream().anyMatch(f -> f.startsWith("output y is off by ")), r.toString());
        assertTrue(r.failures().stream().anyMatch(f -> f.startsWith("gradient to parameter gate")), r.toString());
    }

    @Test
    void aHotOpThatFallsBackFailsAlthoughTheNumbersAgree() {
        Result r = on("odd:poor");
        assertEquals(List.of("a hot op falls back: mat_mul: not on this device"), r.failures());
    }

    @Test
    void aDeviceThatCannotBeUsedIsNoResult() {
        ZooException e = assertThrows(ZooException.class, () -> on("odd"));
        assertEquals(ErrorCode.NO_BACKEND, e.code());
    }
}
