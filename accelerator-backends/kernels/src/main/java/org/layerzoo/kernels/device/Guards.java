package org.layerzoo.kernels.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/**
 * What tests find unwritten elements and overruns with, while {@link org.layerzoo.core.tensor.Memory#poison} is on: a fresh block is NaN
 * in every floating type, and the bytes around it are known ones that nobody may change.
 */
final class Guards {
    /** Watched before a block and at least behind it. */
    static final int BYTES = 256;

    private static final byte POISON = (byte) 0xFF;
    private static final byte GUARD = (byte) 0xA5;

    private Guards() {}

    /** Fills a block of {@code size} bytes of which {@code bytes} behind the guard will be a tensor's. */
    static void lay(Device.Stream stream, long block, int guard, long size, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment fill = arena.allocate(size);
            fill.fill(GUARD);
            fill.asSlice(guard, bytes).fill(POISON);
            stream.upload(block, fill);
        }
    }

    /** Waits for the work on the block. */
    static void check(Device.Stream stream, long block, int guard, long size, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment before = arena.allocate(guard);
            MemorySegment behind = arena.allocate(size - guard - bytes);
            stream.download(before, block);
            stream.download(behind, block + guard + bytes);
            long early = changed(before);
            long late = changed(behind);
            if (early + late > 0) {
                throw new ZooException(
                        ErrorCode.PLUGIN_FAILED,
                        "a kernel wrote outside its memory: " + early + " bytes before and " + late
                                + " bytes behind a block of " + bytes + " bytes");
            }
        }
    }

    private static long changed(MemorySegment s) {
        long n = 0;
        for (long i = 0; i < s.byteSize(); i++) {
            n += s.get(ValueLayout.JAVA_BYTE, i) == GUARD ? 0 : 1;
        }
        return n;
    }
}
