package org.layerzoo.core.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/**
 * Tensor memory of this process: 64-byte aligned blocks, counted against a budget, recycled by size class.
 *
 * <p>Fresh blocks hold whatever was there before: an op writes every element. Blocks of a {@link TensorScope} come
 * back when it ends; blocks made outside any scope come back when the garbage collector finds them. {@link #poison(boolean)} fills fresh blocks with NaN, which is how tests find reads of unwritten memory.
 */
public final class Memory {
    private static final int ALIGN = 64;
    private static final Map<Long, ArrayDeque<MemorySegment>> POOL = new ConcurrentHashMap<>();
    private static final AtomicLong LIVE = new AtomicLong();
    private static final AtomicLong PEAK = new AtomicLong();
    private static final AtomicLong POOLED = new AtomicLong();
    private static final AtomicLong FRESH = new AtomicLong();
    private static volatile long budget = Long.MAX_VALUE;
    private static volatile boolean poison;

    private Memory() {}

    /** Upper bound for live tensor bytes; an allocation above it fails with OUT_OF_MEMORY. */
    public static void budget(long bytes) {
        budget = bytes;
    }

    public static long budget() {
        return budget;
    }

    /** Bytes of tensors alive now. */
    public static long liveBytes() {
        return LIVE.get();
    }

    /** Largest {@link #liveBytes()} since {@link #resetPeak()}. */
    public static long peakBytes() {
        return PEAK.get();
    }

    public static void resetPeak() {
        PEAK.set(LIVE.get());
    }

    /** Blocks asked of the operating system so far: in steady state this number stands still. */
    public static long blocksFromSystem() {
        return FRESH.get();
    }

    public static void poison(boolean on) {
        poison = on;
    }

    /** Whether {@link #poison(boolean)} is on; devices poison their memory too. */
    public static boolean poisons() {
        return poison;
    }

    /** A block and how to give it back. */
    record Taken(MemorySegment segment, Runnable release) {}

    static Storage allocate(long bytes) {
        Taken t = take(bytes);
        return adopted(new Storage(t.segment(), t.release()));
    }

    /** A block that gets its memory when it is first read. */
    static Storage defer(long bytes, Deferred how) {
        return adopted(new Storage(bytes, how));
    }

    /** A block whose numbers are in a device's memory; it gets host memory when the host first reads it. */
    static Storage resident(long bytes, Resident numbers) {
        return adopted(new Storage(bytes, numbers));
    }

    private static Storage adopted(Storage storage) {
        TensorScope scope = TensorScope.currentOrNull();
        if (scope == null) {
            storage.leaveScope();
        } else {
            scope.adopt(storage);
        }
        return storage;
    }

    static Taken take(long bytes) {
        long size = sizeClass(bytes);
        reserve(size);
        MemorySegment s = pooled(size);
        if (poison) {
            s.fill((byte) 0xFF);
        }
        return new Taken(s, () -> release(s, size));
    }

    private static void release(MemorySegment s, long size) {
        LIVE.addAndGet(-size);
        POOLED.addAndGet(size);
        ArrayDeque<MemorySegment> q = POOL.computeIfAbsent(size, k -> new ArrayDeque<>());
        synchronized (q) {
            q.push(s);
        }
    }

    private static MemorySegment pooled(long size) {
        ArrayDeque<MemorySegment> q = POOL.get(size);
        if (q != null) {
            synchronized (q) {
                if (!q.isEmpty()) {
                    POOLED.addAndGet(-size);
                    return q.pop();
                }
            }
        }
        if (POOLED.get() > budgetForPool()) {
            trim();
        }
        FRESH.incrementAndGet();
        return Arena.ofAuto().allocate(Math.max(size, ALIGN), ALIGN);
    }

    /** A copy outside of the Java heap, freed when nothing reaches it. */
    static MemorySegment outside(MemorySegment heap) {
        return Arena.ofAuto().allocate(heap.byteSize(), ALIGN).copyFrom(heap);
    }

    /** Drops recycled blocks; the garbage collector unmaps them. */
    public static void trim() {
        POOL.values().forEach(q -> {
            synchronized (q) {
                q.forEach(s -> POOLED.addAndGet(-s.byteSize()));
                q.clear();
            }
        });
    }

    private static long budgetForPool() {
        return Math.min(budget, Runtime.getRuntime().maxMemory()) / 2;
    }

    private static void reserve(long size) {
        long now = LIVE.addAndGet(size);
        if (now > budget) {
            // Unscoped tensors are freed by the collector, which does not feel off-heap pressure by itself.
            System.gc();
            now = LIVE.get();
            if (now > budget) {
                LIVE.addAndGet(-size);
                throw new ZooException(
                        ErrorCode.OUT_OF_MEMORY,
                        "tensor memory exhausted: " + size + " bytes asked for with " + (now - size)
                                + " in use, budget " + budget + " bytes (raise it with --memory)");
            }
        }
        PEAK.accumulateAndGet(now, Math::max);
    }

    /** Next of 4 steps a power of two, so that recycling wastes at most 25 %. */
    private static long sizeClass(long bytes) {
        if (bytes <= 4096) {
            return Math.max(ALIGN, (bytes + ALIGN - 1) / ALIGN * ALIGN);
        }
        long step = Long.highestOneBit(bytes) / 4;
        return (bytes + step - 1) / step * step;
    }

    static void fill(MemorySegment s, DType t, double v) {
        long n = s.byteSize() / t.bytes();
        for (long i = 0; i < n; i++) {
            Elements.set(s, t, i, v);
        }
    }
}
