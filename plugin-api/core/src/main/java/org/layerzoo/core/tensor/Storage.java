package org.layerzoo.core.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/**
 * A block of memory that tensors share. It is freed once: by the scope that owns it, or, when it has left its scope,
 * by the garbage collector. Reading it afterwards is an error that names the mistake.
 */
final class Storage {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final AtomicLong KEPT = new AtomicLong();

    private final Block block;
    /** Scope that frees this block; null once it is kept, or for mapped memory. */
    TensorScope owner;

    /** @param release what to do with the block when nobody needs it any more */
    Storage(MemorySegment segment, Runnable release) {
        this.block = new Block(segment, release, new AtomicBoolean());
    }

    /** Kept apart from Storage so that the cleaner does not hold what it waits for. */
    private record Block(MemorySegment segment, Runnable release, AtomicBoolean released) {
        void free() {
            if (released.compareAndSet(false, true)) {
                release.run();
            }
        }
    }

    MemorySegment segment() {
        if (block.released.get()) {
            throw new ZooException(
                    ErrorCode.PLUGIN_FAILED,
                    "a tensor was read after its scope had ended: return it from the scope or keep() it");
        }
        return block.segment;
    }

    void release() {
        block.free();
    }

    /** Hands the block from its scope to the garbage collector. */
    void leaveScope() {
        owner = null;
        KEPT.incrementAndGet();
        CLEANER.register(this, block::free);
    }

    /** Blocks handed to the garbage collector so far. */
    static long kept() {
        return KEPT.get();
    }
}
