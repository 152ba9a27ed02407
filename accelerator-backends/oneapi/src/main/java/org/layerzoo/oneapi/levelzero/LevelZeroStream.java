package org.layerzoo.oneapi.levelzero;

import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.LONG;
import static org.layerzoo.kernels.device.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.kernels.device.Device;
import org.layerzoo.kernels.device.Native;
import org.layerzoo.kernels.device.PackedArgs;

/**
 * An immediate command list. Its commands may overlap, so a barrier stands before each; that holds with every driver, while lists that
 * keep order by themselves need a newer one. Lists are not safe for several threads: all methods hold the stream's lock.
 */
final class LevelZeroStream implements Device.Stream {
    /** How many events of other streams it collects before it waits to give them back. */
    private static final int MOST_WAITED = 256;

    private final Ze ze;
    private final MemorySegment list;
    private final Events events;
    private final MemorySegment context;
    private final List<MemorySegment> waited = new ArrayList<>();
    private Optional<Staging> staging = Optional.empty();
    /** Room for a launch: what every launch would else allocate. */
    private final MemorySegment groups = Arena.ofAuto().allocate(INT, 3);

    private final MemorySegment argument = Arena.ofAuto().allocate(LONG, 64);

    LevelZeroStream(Ze ze, MemorySegment list, MemorySegment context, Events events) {
        this.ze = ze;
        this.list = list;
        this.context = context;
        this.events = events;
    }

    private record Event(MemorySegment event) implements Device.Mark {}

    @Override
    public synchronized void launch(Device.Function function, Grid grid, PackedArgs args) {
        MemorySegment kernel = ((LevelZeroDevice.Kernel) function).kernel();
        groups.setAtIndex(INT, 0, grid.x());
        groups.setAtIndex(INT, 1, grid.y());
        groups.setAtIndex(INT, 2, grid.z());
        try {
            order();
            // Group size and arguments are part of the kernel until the launch is queued.
            synchronized (function) {
                Ze.check((int) ze.groupSize.invokeExact(kernel, grid.threads(), 1, 1), "zeKernelSetGroupSize");
                for (int i = 0; i < args.count(); i++) {
                    set(kernel, i, args);
                }
                int status =
                        (int) ze.launch.invokeExact(list, kernel, groups, MemorySegment.NULL, 0, MemorySegment.NULL);
                Ze.check(status, "zeCommandListAppendLaunchKernel");
            }
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private void set(MemorySegment kernel, int i, PackedArgs args) throws Throwable {
        if (args.kind(i) == PackedArgs.Kind.INTS) {
            MemorySegment.copy(args.structure(i), 0, argument, INT, 0, args.structure(i).length);
        } else {
            argument.set(LONG, 0, args.bits(i));
        }
        int status = (int) ze.argument.invokeExact(kernel, i, (long) args.bytes(i), argument);
        Ze.check(status, "zeKernelSetArgumentValue of argument " + i);
    }

    /** What comes next runs after all that came before. */
    private void order() throws Throwable {
        barrier(MemorySegment.NULL, 0, MemorySegment.NULL);
    }

    private void barrier(MemorySegment signal, int waits, MemorySegment events) throws Throwable {
        Ze.check((int) ze.barrier.invokeExact(list, signal, waits, events), "zeCommandListAppendBarrier");
    }

    private void append(long to, long from, long bytes, MemorySegment signal) throws Throwable {
        order();
        int status = (int) ze.copy.invokeExact(list, to, from, bytes, signal, 0, MemorySegment.NULL);
        Ze.check(status, "zeCommandListAppendMemoryCopy");
    }

    @Override
    public synchronized void upload(long to, MemorySegment from) {
        try {
            for (long at = 0; at < from.byteSize(); at += Staging.HALF) {
                long n = Math.min(Staging.HALF, from.byteSize() - at);
                Staging.Half half = staging().take();
                MemorySegment.copy(from, at, half.memory(), 0, n);
                append(to + at, half.memory().address(), n, staging().signal(half));
            }
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private record Piece(Staging.Half half, long at, long bytes) {}

    @Override
    public synchronized void download(MemorySegment to, long from) {
        try {
            ArrayDeque<Piece> under = new ArrayDeque<>();
            for (long at = 0; at < to.byteSize(); at += Staging.HALF) {
                if (under.size() == 2) {
                    unload(under.poll(), to);
                }
                Piece p = new Piece(staging().take(), at, Math.min(Staging.HALF, to.byteSize() - at));
                append(p.half.memory().address(), from + at, p.bytes, staging().signal(p.half));
                under.add(p);
            }
            while (!under.isEmpty()) {
                unload(under.poll(), to);
            }
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private void unload(Piece p, MemorySegment to) throws Throwable {
        staging().await(p.half);
        MemorySegment.copy(p.half.memory(), 0, to, p.at, p.bytes);
    }

    private Staging staging() {
        Staging s = staging.orElseGet(() -> new Staging(ze, context, events));
        if (staging.isEmpty()) {
            staging = Optional.of(s);
        }
        return s;
    }

    @Override
    public synchronized void copy(long to, long from, long bytes) {
        if (bytes == 0) {
            return;
        }
        try {
            append(to, from, bytes, MemorySegment.NULL);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public synchronized Device.Mark mark() {
        MemorySegment e = events.take();
        try {
            barrier(e, 0, MemorySegment.NULL);
            return new Event(e);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public synchronized void waitFor(Device.Mark mark) {
        MemorySegment event = ((Event) mark).event;
        try (Arena arena = Arena.ofConfined()) {
            barrier(MemorySegment.NULL, 1, arena.allocateFrom(POINTER, event));
            waited.add(event);
            if (waited.size() >= MOST_WAITED) {
                await();
            }
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public synchronized void await() {
        try {
            MemorySegment done = events.take();
            barrier(done, 0, MemorySegment.NULL);
            events.await(done);
            events.give(done);
            for (MemorySegment e : waited) {
                events.give(e);
            }
            waited.clear();
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }
}
