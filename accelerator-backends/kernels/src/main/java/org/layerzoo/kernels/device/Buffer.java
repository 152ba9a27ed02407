package org.layerzoo.kernels.device;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.tensor.Resident;

/** A block of device memory that holds a tensor's numbers. */
final class Buffer implements Resident {
    private final GpuContext context;
    private final long address;
    private final long size;
    private final long bytes;
    /** Whose work writes it. */
    private final Lane home;
    /** Other lanes whose work reads it. */
    private final List<Lane> guests = new ArrayList<>(0);

    private boolean freed;

    Buffer(GpuContext context, Lane home, long address, long size, long bytes) {
        this.context = context;
        this.home = home;
        this.address = address;
        this.size = size;
        this.bytes = bytes;
    }

    /** The address for work on {@code lane}, which is made to wait for what other lanes have queued on it. */
    long addressFor(Lane lane) {
        if (lane != home) {
            lane.stream().waitFor(home.stream().mark());
            synchronized (this) {
                if (!guests.contains(lane)) {
                    guests.add(lane);
                }
            }
        }
        return address;
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
        if (freed) {
            return;
        }
        freed = true;
        guests.forEach(g -> home.stream().waitFor(g.stream().mark()));
        home.give(address, size);
        context.released(size);
    }
}
