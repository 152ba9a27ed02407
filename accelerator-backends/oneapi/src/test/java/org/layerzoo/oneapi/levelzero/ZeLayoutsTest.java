package org.layerzoo.oneapi.levelzero;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Sizes and offsets are those that a C compiler gives for ze_api.h 1.4 (libze-dev 1.8.12) on x86-64. */
class ZeLayoutsTest {
    static Stream<Arguments> structures() {
        return Stream.of(
                Arguments.of(ZeLayouts.DEVICE_PROPERTIES, 368, "name", 112),
                Arguments.of(ZeLayouts.DEVICE_PROPERTIES, 368, "flags", 28),
                Arguments.of(ZeLayouts.DEVICE_PROPERTIES, 368, "numEUsPerSubslice", 64),
                Arguments.of(ZeLayouts.DEVICE_PROPERTIES, 368, "numSlices", 72),
                Arguments.of(ZeLayouts.COMPUTE_PROPERTIES, 88, "maxTotalGroupSize", 16),
                Arguments.of(ZeLayouts.COMPUTE_PROPERTIES, 88, "maxSharedLocalMemory", 44),
                Arguments.of(ZeLayouts.MODULE_PROPERTIES, 64, "spirvVersionSupported", 16),
                Arguments.of(ZeLayouts.MODULE_PROPERTIES, 64, "flags", 20),
                Arguments.of(ZeLayouts.QUEUE_GROUP_PROPERTIES, 40, "flags", 16),
                Arguments.of(ZeLayouts.CONTEXT_DESC, 24, "flags", 16),
                Arguments.of(ZeLayouts.QUEUE_DESC, 40, "mode", 28),
                Arguments.of(ZeLayouts.EVENT_POOL_DESC, 24, "count", 20),
                Arguments.of(ZeLayouts.EVENT_DESC, 32, "wait", 24),
                Arguments.of(ZeLayouts.DEVICE_MEMORY_DESC, 24, "ordinal", 20),
                Arguments.of(ZeLayouts.HOST_MEMORY_DESC, 24, "flags", 16),
                Arguments.of(ZeLayouts.MODULE_DESC, 56, "pInputModule", 32),
                Arguments.of(ZeLayouts.KERNEL_DESC, 32, "pKernelName", 24));
    }

    @ParameterizedTest
    @MethodSource("structures")
    void aStructureHasTheSizeAndTheOffsetsOfTheHeader(ZeLayouts.Structure s, long size, String field, long offset) {
        assertEquals(size, s.layout().byteSize());
        assertEquals(offset, s.offset(field));
    }
}
