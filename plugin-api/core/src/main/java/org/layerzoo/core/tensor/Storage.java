package org.layerzoo.core.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/**
 * A block of memory that tensors share. It is freed once: by the scope that owns it, or, when it has left its scope,
 * by the garbage collector. Reading it afterwards is an error that names the mistake.
 *
 * <p>A block may have copies in the memory of devices, or be there only: then it gets host memory when the host first reads it.
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

    /** Memory of somebody else's; what devices copy of it goes when nobody can reach the block any more. */
    static Storage wrapping(MemorySegment segment) {
        Storage s = new Storage(segment, () -> {});
        CLEANER.register(s, s.block::free);
        return s;
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

    /** A block of {@code bytes} whose numbers are in a device's memory. */
    Storage(long bytes, Resident numbers) {
        this.block = new Block(null, () -> {});
        this.bytes = bytes;
        block.residents = List.of(numbers);
    }

    /** Kept apart from Storage so that the cleaner does not hold what it waits for. */
    private static final class Block {
        private volatile MemorySegment segment;
        private volatile Runnable release;
        /** Copies in the memory of devices; at most one a device. */
        private volatile List<Resident> residents = List.of();

        private final AtomicBoolean released = new AtomicBoolean();

        Block(MemorySegment segment, Runnable release) {
            this.segment = segment;
            this.release = release;
        }

        void free() {
            if (released.compareAndSet(false, true)) {
                release.run();
                residents.forEach(Resident::free);
            }
        }
    }

    MemorySegment segment() {
        checkAlive();
        MemorySegment s = block.segment;
        return s != null ? s : compute();
    }

    private void checkAlive() {
        if (block.released.get()) {
            throw new ZooException(
                    ErrorCode.PLUGIN_FAILED,
                    "a tensor was read after its scope had ended: return it from the scope or keep() it");
        }
    }

    private synchronized MemorySegment compute() {
        if (block.segment == null) {
            Memory.Taken taken = Memory.take(bytes);
            try {
                if (pending != null) {
                    pending.compute(taken.segment());
                } else {
                    block.residents.getFirst().read(taken.segment());
                }
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

    /** The block's copy in the memory of {@code device}, made by {@code upload} where there is none. */
    Resident on(Object device, Function<MemorySegment, Resident> upload) {
        checkAlive();
        return resident(device).orElseGet(() -> uploaded(device, upload));
    }

    private Optional<Resident> resident(Object device) {
        return block.residents.stream().filter(r -> r.device() == device).findFirst();
    }

    private synchronized Resident uploaded(Object device, Function<MemorySegment, Resident> upload) {
        return resident(device).orElseGet(() -> {
            Resident r = upload.apply(segment());
            List<Resident> all = new ArrayList<>(block.residents);
            all.add(r);
            block.residents = List.copyOf(all);
            return r;
        });
    }

    boolean onHost() {
        return block.segment != null;
    }

    /** Waits for the numbers, wherever they are. */
    void ready() {
        checkAlive();
        List<Resident> there = block.residents;
        if (there.isEmpty()) {
            segment();
        } else {
            there.forEach(Resident::await);
        }
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
