package org.layerzoo.core.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/**
 * A block of memory that tensors share. It is freed once: by the scope that owns it, or, when it has left its scope,
 * by the garbage collector. Reading it afterwards is an error that names the mistake.
 *
 * <p>A deferred block gets memory and numbers when it is first read. What such a computation reads is not freed before it has run
 * or nobody can ask for it any more: see {@link #settle}.
 */
final class Storage {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final AtomicLong KEPT = new AtomicLong();
    /** Readers remembered before those that have run are forgotten. */
    private static final int FEW = 16;

    private final Block block;
    private final long bytes;
    /** How to compute the numbers; null once they exist. */
    private Deferred pending;
    /** Deferred blocks that will read this one. */
    private List<WeakReference<Storage>> readers = List.of();

    private int forgetAbove = FEW;
    /** Scope that frees this block; null once it is kept, or for mapped memory. */
    TensorScope owner;

    /** @param release what to do with the block when nobody needs it any more */
    Storage(MemorySegment segment, Runnable release) {
        this.block = new Block(segment, release);
        this.bytes = segment.byteSize();
    }

    /** A block of {@code bytes} whose numbers are computed when they are first read. */
    Storage(long bytes, Deferred pending) {
        this.block = new Block(null, () -> {});
        this.bytes = bytes;
        this.pending = pending;
        for (Tensor t : pending.reads()) {
            t.storage().ifPresent(s -> s.readBy(this));
        }
    }

    /** Kept apart from Storage so that the cleaner does not hold what it waits for. */
    private static final class Block {
        private volatile MemorySegment segment;
        private volatile Runnable release;
        private final AtomicBoolean released = new AtomicBoolean();

        Block(MemorySegment segment, Runnable release) {
            this.segment = segment;
            this.release = release;
        }

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
        MemorySegment s = block.segment;
        return s != null ? s : compute();
    }

    private synchronized MemorySegment compute() {
        if (block.segment == null) {
            Memory.Taken taken = Memory.take(bytes);
            try {
                pending.compute(taken.segment());
            } catch (RuntimeException | Error e) {
                taken.release().run();
                throw e;
            }
            block.release = taken.release();
            block.segment = taken.segment();
            pending = null;
        }
        return block.segment;
    }

    /** The computation that this block still waits for. */
    synchronized Optional<Deferred> pending() {
        return Optional.ofNullable(block.released.get() ? null : pending);
    }

    long bytes() {
        return bytes;
    }

    private synchronized void readBy(Storage reader) {
        if (owner == null) {
            // Memory of the garbage collector's: the reader's own reference keeps it.
            return;
        }
        if (readers.isEmpty()) {
            readers = new ArrayList<>();
        } else if (readers.size() >= forgetAbove) {
            readers.removeIf(r -> r.get() == null || r.get().pending().isEmpty());
            forgetAbove = FEW + 2 * readers.size();
        }
        readers.add(new WeakReference<>(reader));
    }

    /** Runs the computations that still wait to read this block: to be called before it is freed. */
    void settle() {
        List<WeakReference<Storage>> waiting;
        synchronized (this) {
            waiting = readers;
            readers = List.of();
        }
        for (WeakReference<Storage> r : waiting) {
            Storage s = r.get();
            if (s != null && s.pending().isPresent()) {
                s.segment();
            }
        }
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
