package org.layerzoo.cuda;

import static org.layerzoo.kernels.device.Native.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.layerzoo.kernels.device.Native;

/**
 * A ring of pinned host buffers between ordinary memory and a stream. The device reads and writes pinned memory by itself, at the bus's
 * full rate; so while it moves one buffer, the host fills or empties another, and an upload returns before the device has it all.
 * Allocated with the stream's first copy; for the stream's lock holder only.
 */
final class Staging {
    private static final int SLOTS = 4;
    /** Large enough that the cost of queueing a copy does not count beside its time (some 80 us at 25 GB/s). */
    private static final long SLOT_BYTES = 1L << 21;

    private final CudaDevice device;
    private final long stream;
    private final long[] events = new long[SLOTS];
    private final boolean[] busy = new boolean[SLOTS];
    private MemorySegment ring = MemorySegment.NULL;
    private int next;

    Staging(CudaDevice device, long stream) {
        this.device = device;
        this.stream = stream;
    }

    /** Returns when {@code from} has been read; the device may still be copying. */
    void upload(long to, MemorySegment from) {
        for (long done = 0; done < from.byteSize(); ) {
            long n = Math.min(SLOT_BYTES, from.byteSize() - done);
            int slot = free();
            MemorySegment.copy(from, done, slot(slot), 0, n);
            try {
                Cuda.check(
                        (int) Cuda.api()
                                .memory()
                                .up()
                                .invokeExact(to + done, slot(slot).address(), n, stream),
                        "cuMemcpyHtoDAsync");
            } catch (Throwable t) {
                throw Native.failed(t);
            }
            mark(slot);
            done += n;
        }
    }

    void download(MemorySegment to, long from) {
        long bytes = to.byteSize();
        int first = next;
        for (long queued = 0, done = 0; done < bytes; done += SLOT_BYTES) {
            while (queued < bytes && queued < done + SLOTS * SLOT_BYTES) {
                queueDown(from + queued, Math.min(SLOT_BYTES, bytes - queued));
                queued += SLOT_BYTES;
            }
            int slot = (int) ((first + done / SLOT_BYTES) % SLOTS);
            await(slot);
            MemorySegment.copy(slot(slot), 0, to, done, Math.min(SLOT_BYTES, bytes - done));
        }
    }

    private void queueDown(long from, long n) {
        int slot = free();
        try {
            Cuda.check(
                    (int) Cuda.api().memory().down().invokeExact(slot(slot).address(), from, n, stream),
                    "cuMemcpyDtoHAsync");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
        mark(slot);
    }

    private MemorySegment slot(int i) {
        return ring.asSlice(i * SLOT_BYTES, SLOT_BYTES);
    }

    /** The next slot, once the device is done with it. */
    private int free() {
        if (ring.address() == 0) {
            allocate();
        }
        int slot = next;
        next = (next + 1) % SLOTS;
        await(slot);
        return slot;
    }

    private void allocate() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            Cuda.check(
                    (int) Cuda.api().memory().pinned().invokeExact(out.address(), SLOTS * SLOT_BYTES, 0),
                    "cuMemHostAlloc");
            for (int i = 0; i < SLOTS; i++) {
                events[i] = device.event();
            }
            ring = MemorySegment.ofAddress(out.get(LONG, 0)).reinterpret(SLOTS * SLOT_BYTES);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private void mark(int slot) {
        try {
            Cuda.check((int) Cuda.api().event().record().invokeExact(events[slot], stream), "cuEventRecord");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
        busy[slot] = true;
    }

    private void await(int slot) {
        if (!busy[slot]) {
            return;
        }
        try {
            Cuda.check((int) Cuda.api().event().await().invokeExact(events[slot]), "cuEventSynchronize");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
        busy[slot] = false;
    }
}
