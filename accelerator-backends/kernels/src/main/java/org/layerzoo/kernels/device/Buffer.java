package org.layerzoo.kernels.device;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.tensor.Resident;

/** A block of device memory that holds a tensor's numbers. */
final class Buffer implements Resident {
    private final GpuContext context;
    /** Of the numbers, which the block's guard lies before. */
    private final long address;

    private final int guard;
    private final long size;
    private final long bytes;
    /** Whose work writes it. */
    private final Lane home;
    /** Other lanes whose work reads it. */
    private final List<Lane> guests = new ArrayList<>(0);

    /** Whether its block goes back to its lane with it. */
    private final boolean owner;

    private boolean freed;
    private int pins;

    /** @param guard bytes that are watched before the numbers, and behind them to the end of the block; 0 for none */
    Buffer(GpuContext context, Lane home, long block, int guard, long size, long bytes) {
        this(context, home, block + guard, guard, size, bytes, true);
    }

    /** Memory that somebody else holds for as long as the context lives. */
    static Buffer lent(GpuContext context, Lane home, long address, long bytes) {
        return new Buffer(context, home, address, 0, bytes, bytes, false);
    }

    private Buffer(GpuContext context, Lane home, long address, int guard, long size, long bytes, boolean owner) {
        this.owner = owner;
        this.guard = guard;
        this.context = context;
        this.home = home;
        this.address = address;
        this.size = size;
        this.bytes = bytes;
    }

    /**
     * The address for work on {@code lane}, which is made to wait for what its home lane has queued until now. Numbers are written once,
     * so a lane waits for them once; those of recorded work are written by every replay.
     */
    long addressFor(Lane lane) {
        if (lane != home) {
            synchronized (this) {
                boolean known = guests.contains(lane);
                if (!known) {
                    guests.add(lane);
                }
                if (!known || home.replays()) {
                    lane.follow(home);
                }
            }
            if (lane.recording()) {
                lane.pin(this);
            }
        }
        return address;
    }

    /** A part of the block under another name, to be read while the block is not freed. */
    Buffer part(long offset, long length) {
        return new Buffer(context, home, address + offset, 0, length, length, false);
    }

    @Override
    public Object device() {
        return context;
    }

    @Override
    public void await() {
        home.stream().await();
    }

    @Override
    public void read(MemorySegment out) {
        home.stream().download(out.asSlice(0, bytes), address);
    }

    @Override
    public synchronized void free() {
        if (!freed) {
            freed = true;
            if (owner && pins == 0) {
                giveBack();
            }
        }
    }

    /** The block stays until {@link #unpin}, freed or not. */
    synchronized void pin() {
        pins++;
    }

    synchronized void unpin() {
        pins--;
        if (freed && pins == 0) {
            giveBack();
        }
    }

    private void giveBack() {
        guests.forEach(home::follow);
        home.give(address - guard, size);
        context.released(size);
        if (guard > 0) {
            Guards.check(home.stream(), address - guard, guard, size, bytes);
        }
    }
}
