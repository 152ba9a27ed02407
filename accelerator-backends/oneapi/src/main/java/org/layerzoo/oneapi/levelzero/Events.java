package org.layerzoo.oneapi.levelzero;

import static org.layerzoo.kernels.device.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.layerzoo.kernels.device.Native;

/** Events of a context, made by the pool and used again and again. Each that is given is not signalled. */
final class Events {
    private static final int POOL = 64;
    private static final int HOST_VISIBLE = 1;
    /** What was written before the signal is seen by the host and by all lists of the device. */
    private static final int SCOPE_HOST = 4;

    private static final long FOR_EVER = -1;

    private final Ze ze;
    private final MemorySegment context;
    private final ConcurrentLinkedDeque<MemorySegment> idle = new ConcurrentLinkedDeque<>();

    Events(Ze ze, MemorySegment context) {
        this.ze = ze;
        this.context = context;
    }

    MemorySegment take() {
        MemorySegment e = idle.poll();
        while (e == null) {
            makePool();
            e = idle.poll();
        }
        return e;
    }

    private void makePool() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment desc = ZeLayouts.EVENT_POOL_DESC.in(arena);
            ZeLayouts.EVENT_POOL_DESC.set(desc, "flags", HOST_VISIBLE).set(desc, "count", POOL);
            MemorySegment out = arena.allocate(POINTER);
            Ze.check(
                    (int) ze.createEventPool.invokeExact(context, desc, 0, MemorySegment.NULL, out),
                    "zeEventPoolCreate");
            MemorySegment pool = out.get(POINTER, 0);
            MemorySegment event = ZeLayouts.EVENT_DESC.in(arena);
            ZeLayouts.EVENT_DESC.set(event, "signal", SCOPE_HOST).set(event, "wait", SCOPE_HOST);
            for (int i = 0; i < POOL; i++) {
                ZeLayouts.EVENT_DESC.set(event, "index", i);
                Ze.check((int) ze.createEvent.invokeExact(pool, event, out), "zeEventCreate");
                idle.add(out.get(POINTER, 0));
            }
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** Waits on the host until {@code event} is signalled. */
    void await(MemorySegment event) throws Throwable {
        Ze.check((int) ze.awaitEvent.invokeExact(event, FOR_EVER), "zeEventHostSynchronize");
    }

    /** Takes back an event that is signalled and that nothing waits for any more. */
    void give(MemorySegment event) throws Throwable {
        Ze.check((int) ze.resetEvent.invokeExact(event), "zeEventHostReset");
        idle.add(event);
    }
}
