package org.layerzoo.oneapi.levelzero;

import static org.layerzoo.kernels.device.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.layerzoo.kernels.device.Native;

/**
 * Memory that the device can reach, through which a stream copies to and from Java's: the API promises copies only between memory it has
 * allocated itself. Two halves, so that the device copies one while the host copies the other.
 */
final class Staging {
    static final long HALF = 2 << 20;
    private static final long ALIGN = 4096;

    private final Events events;
    private final MemorySegment memory;
    /** The signal that the device is done with a half; null while it is free. */
    private final MemorySegment[] busy = new MemorySegment[2];

    private int next;

    Staging(Ze ze, MemorySegment context, Events events) {
        this.events = events;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(POINTER);
            MemorySegment desc = ZeLayouts.HOST_MEMORY_DESC.in(arena);
            Ze.check((int) ze.allocHost.invokeExact(context, desc, 2 * HALF, ALIGN, out), "zeMemAllocHost");
            memory = out.get(POINTER, 0).reinterpret(2 * HALF);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** One half, which the device is no longer at. */
    record Half(int index, MemorySegment memory) {}

    Half take() throws Throwable {
        int i = next;
        next = 1 - next;
        await(i);
        return new Half(i, memory.asSlice(i * HALF, HALF));
    }

    /** An event for the last command on a half. */
    MemorySegment signal(Half half) {
        busy[half.index] = events.take();
        return busy[half.index];
    }

    void await(Half half) throws Throwable {
        await(half.index);
    }

    private void await(int i) throws Throwable {
        if (busy[i] != null) {
            events.await(busy[i]);
            events.give(busy[i]);
            busy[i] = null;
        }
    }
}
