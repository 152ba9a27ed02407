package org.layerzoo.oneapi.levelzero;

import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.LONG;
import static org.layerzoo.kernels.device.Native.POINTER;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The structures of ze_api.h that we read and write, for 64-bit systems: names and order as there, padding as C compilers place it. Each
 * begins with its type ({@code stype}) and a pointer to extensions ({@code pNext}), which we leave null.
 */
final class ZeLayouts {
    private static final MemoryLayout UUID = MemoryLayout.sequenceLayout(16, ValueLayout.JAVA_BYTE);

    static final Structure DEVICE_PROPERTIES = Structure.of(
            0x3,
            INT.withName("type"),
            INT.withName("vendorId"),
            INT.withName("deviceId"),
            INT.withName("flags"),
            INT.withName("subdeviceId"),
            INT.withName("coreClockRate"),
            LONG.withName("maxMemAllocSize"),
            INT.withName("maxHardwareContexts"),
            INT.withName("maxCommandQueuePriority"),
            INT.withName("numThreadsPerEU"),
            INT.withName("physicalEUSimdWidth"),
            INT.withName("numEUsPerSubslice"),
            INT.withName("numSubslicesPerSlice"),
            INT.withName("numSlices"),
            LONG.withName("timerResolution"),
            INT.withName("timestampValidBits"),
            INT.withName("kernelTimestampValidBits"),
            UUID.withName("uuid"),
            MemoryLayout.sequenceLayout(256, ValueLayout.JAVA_BYTE).withName("name"));
    static final Structure COMPUTE_PROPERTIES = Structure.of(
            0x4,
            INT.withName("maxTotalGroupSize"),
            INT.withName("maxGroupSizeX"),
            INT.withName("maxGroupSizeY"),
            INT.withName("maxGroupSizeZ"),
            INT.withName("maxGroupCountX"),
            INT.withName("maxGroupCountY"),
            INT.withName("maxGroupCountZ"),
            INT.withName("maxSharedLocalMemory"),
            INT.withName("numSubGroupSizes"),
            MemoryLayout.sequenceLayout(8, INT).withName("subGroupSizes"));
    static final Structure MODULE_PROPERTIES = Structure.of(
            0x5,
            INT.withName("spirvVersionSupported"),
            INT.withName("flags"),
            INT.withName("fp16flags"),
            INT.withName("fp32flags"),
            INT.withName("fp64flags"),
            INT.withName("maxArgumentsSize"),
            INT.withName("printfBufferSize"),
            UUID.withName("nativeKernelSupported"));
    static final Structure QUEUE_GROUP_PROPERTIES = Structure.of(
            0x6, INT.withName("flags"), LONG.withName("maxMemoryFillPatternSize"), INT.withName("numQueues"));
    static final Structure CONTEXT_DESC = Structure.of(0xd, INT.withName("flags"));
    static final Structure QUEUE_DESC = Structure.of(
            0xe,
            INT.withName("ordinal"),
            INT.withName("index"),
            INT.withName("flags"),
            INT.withName("mode"),
            INT.withName("priority"));
    static final Structure EVENT_POOL_DESC = Structure.of(0x10, INT.withName("flags"), INT.withName("count"));
    static final Structure EVENT_DESC =
            Structure.of(0x11, INT.withName("index"), INT.withName("signal"), INT.withName("wait"));
    static final Structure DEVICE_MEMORY_DESC = Structure.of(0x15, INT.withName("flags"), INT.withName("ordinal"));
    static final Structure HOST_MEMORY_DESC = Structure.of(0x16, INT.withName("flags"));
    static final Structure MODULE_DESC = Structure.of(
            0x1b,
            INT.withName("format"),
            LONG.withName("inputSize"),
            POINTER.withName("pInputModule"),
            POINTER.withName("pBuildFlags"),
            POINTER.withName("pConstants"));
    static final Structure KERNEL_DESC = Structure.of(0x1d, INT.withName("flags"), POINTER.withName("pKernelName"));

    private ZeLayouts() {}

    /** A structure and the number by which the API knows it. */
    record Structure(int type, StructLayout layout) {
        static Structure of(int type, MemoryLayout... fields) {
            List<MemoryLayout> all = new ArrayList<>(List.of(INT.withName("stype"), POINTER.withName("pNext")));
            all.addAll(List.of(fields));
            return new Structure(type, padded(all));
        }

        /** Each field where its alignment allows, the whole a multiple of the largest alignment. */
        private static StructLayout padded(List<MemoryLayout> fields) {
            List<MemoryLayout> out = new ArrayList<>();
            long at = 0;
            for (MemoryLayout f : fields) {
                at = pad(out, at, f.byteAlignment()) + f.byteSize();
                out.add(f);
            }
            pad(out, at, LONG.byteAlignment());
            return MemoryLayout.structLayout(out.toArray(MemoryLayout[]::new));
        }

        private static long pad(List<MemoryLayout> out, long at, long alignment) {
            long gap = (alignment - at % alignment) % alignment;
            if (gap > 0) {
                out.add(MemoryLayout.paddingLayout(gap));
            }
            return at + gap;
        }

        /** Zeros but for the type. */
        MemorySegment in(SegmentAllocator arena) {
            return in(arena, 1);
        }

        /** An array of {@code n}. */
        MemorySegment in(SegmentAllocator arena, int n) {
            MemorySegment s = arena.allocate(layout, n);
            s.fill((byte) 0);
            for (int i = 0; i < n; i++) {
                s.set(INT, i * layout.byteSize(), type);
            }
            return s;
        }

        long offset(String field) {
            return layout.byteOffset(PathElement.groupElement(field));
        }

        int getInt(MemorySegment s, String field) {
            return s.get(INT, offset(field));
        }

        long getLong(MemorySegment s, String field) {
            return s.get(LONG, offset(field));
        }

        Structure set(MemorySegment s, String field, int value) {
            s.set(INT, offset(field), value);
            return this;
        }

        Structure set(MemorySegment s, String field, long value) {
            s.set(LONG, offset(field), value);
            return this;
        }

        Structure set(MemorySegment s, String field, MemorySegment value) {
            s.set(POINTER, offset(field), value);
            return this;
        }
    }
}
