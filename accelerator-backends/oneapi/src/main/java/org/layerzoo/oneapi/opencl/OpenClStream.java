package org.layerzoo.oneapi.opencl;

import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.LONG;
import static org.layerzoo.kernels.device.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.kernels.device.Device;
import org.layerzoo.kernels.device.Native;
import org.layerzoo.kernels.device.PackedArgs;

/** An in-order command queue. */
final class OpenClStream implements Device.Stream {
    private static final int BLOCKING = 1;
    private static final int AXES = 3;

    private final OpenCl cl;
    private final MemorySegment queue;
    /** Room for the sizes of a launch and one argument: what every launch would else allocate. */
    private final MemorySegment global = Arena.ofAuto().allocate(LONG, AXES);

    private final MemorySegment local = Arena.ofAuto().allocate(LONG, AXES);
    private final MemorySegment argument = Arena.ofAuto().allocate(LONG, 64);

    OpenClStream(OpenCl cl, MemorySegment queue) {
        this.cl = cl;
        this.queue = queue;
    }

    private record Event(MemorySegment event) implements Device.Mark {}

    @Override
    public synchronized void launch(Device.Function function, Grid grid, PackedArgs args) {
        MemorySegment kernel = ((OpenClDevice.OpenClFunction) function).kernel();
        global.setAtIndex(LONG, 0, (long) grid.x() * grid.threads());
        global.setAtIndex(LONG, 1, grid.y());
        global.setAtIndex(LONG, 2, grid.z());
        local.setAtIndex(LONG, 0, grid.threads());
        local.setAtIndex(LONG, 1, 1);
        local.setAtIndex(LONG, 2, 1);
        try {
            synchronized (function) {
                for (int i = 0; i < args.count(); i++) {
                    set(kernel, i, args);
                }
                int status = (int) cl.launch.invokeExact(
                        queue,
                        kernel,
                        AXES,
                        MemorySegment.NULL,
                        global,
                        local,
                        0,
                        MemorySegment.NULL,
                        MemorySegment.NULL);
                OpenCl.check(status, "clEnqueueNDRangeKernel");
            }
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private void set(MemorySegment kernel, int i, PackedArgs args) throws Throwable {
        int status;
        if (args.kind(i) == PackedArgs.Kind.POINTER) {
            status = (int) cl.setPointer.invokeExact(kernel, i, args.bits(i));
        } else {
            if (args.kind(i) == PackedArgs.Kind.INTS) {
                MemorySegment.copy(args.structure(i), 0, argument, INT, 0, args.structure(i).length);
            } else {
                argument.set(LONG, 0, args.bits(i));
            }
            status = (int) cl.setArg.invokeExact(kernel, i, (long) args.bytes(i), argument);
        }
        OpenCl.check(status, "setting argument " + i);
    }

    @Override
    public void upload(long to, MemorySegment from) {
        copy(to, from.address(), from.byteSize(), BLOCKING);
    }

    @Override
    public void download(MemorySegment to, long from) {
        copy(to.address(), from, to.byteSize(), BLOCKING);
    }

    @Override
    public void copy(long to, long from, long bytes) {
        copy(to, from, bytes, 0);
    }

    private void copy(long to, long from, long bytes, int blocking) {
        if (bytes == 0) {
            return;
        }
        try {
            int status = (int)
                    cl.svmCopy.invokeExact(queue, blocking, to, from, bytes, 0, MemorySegment.NULL, MemorySegment.NULL);
            OpenCl.check(status, "clEnqueueSVMMemcpy");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public Device.Mark mark() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(POINTER);
            OpenCl.check(
                    (int) cl.marker.invokeExact(queue, 0, MemorySegment.NULL, event), "clEnqueueMarkerWithWaitList");
            // Another queue waits for it: the driver must have it.
            OpenCl.check((int) cl.flush.invokeExact(queue), "clFlush");
            return new Event(event.get(POINTER, 0));
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public void waitFor(Device.Mark mark) {
        MemorySegment event = ((Event) mark).event;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment list = arena.allocateFrom(POINTER, event);
            OpenCl.check(
                    (int) cl.barrier.invokeExact(queue, 1, list, MemorySegment.NULL), "clEnqueueBarrierWithWaitList");
            OpenCl.check((int) cl.releaseEvent.invokeExact(event), "clReleaseEvent");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public void await() {
        try {
            OpenCl.check((int) cl.finish.invokeExact(queue), "clFinish");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }
}
