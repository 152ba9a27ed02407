package org.layerzoo.kernels.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.layerzoo.core.tensor.Tensor;

/** Single numbers of the host, as in x * 2: each value is copied to the device once and stays there, in one small block. */
final class Constants {
    private static final int MOST = 1024;
    /** What a tensor of one element would take, so that kernels find it as well aligned. */
    private static final int STEP = 256;

    private final GpuContext context;
    private final Map<Key, Buffer> known = new ConcurrentHashMap<>();
    private long block;

    private record Key(long bits, long bytes) {}

    Constants(GpuContext context) {
        this.context = context;
    }

    /** Where the number is; empty where it is none of the host, or there is no room for one more. */
    Optional<Buffer> of(Tensor t, Lane lane) {
        if (t.size() != 1 || !t.onHost()) {
            return Optional.empty();
        }
        MemorySegment number = t.segment();
        Key key = new Key(bits(number), number.byteSize());
        Buffer b = known.get(key);
        return b != null ? Optional.of(b) : added(key, number, lane);
    }

    private static long bits(MemorySegment number) {
        return switch ((int) number.byteSize()) {
            case 1 -> number.get(ValueLayout.JAVA_BYTE, 0);
            case 2 -> number.get(ValueLayout.JAVA_SHORT_UNALIGNED, 0);
            case 4 -> number.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
            default -> number.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        };
    }

    private synchronized Optional<Buffer> added(Key key, MemorySegment number, Lane lane) {
        Buffer b = known.get(key);
        if (b == null) {
            if (known.size() == MOST) {
                return Optional.empty();
            }
            if (block == 0) {
                block = context.fresh((long) MOST * STEP);
            }
            long at = block + (long) known.size() * STEP;
            lane.stream().upload(at, number);
            b = Buffer.lent(context, lane, at, key.bytes);
            known.put(key, b);
        }
        return Optional.of(b);
    }
}
