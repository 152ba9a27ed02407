package org.layerzoo.cuda;

import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.kernels.device.Device;
import org.layerzoo.kernels.device.Native;
import org.layerzoo.kernels.device.PackedArgs;

/** A non-blocking stream. */
final class CudaStream implements Device.Stream {
    /** What a kernel may be given at most: the driver's own bound of 4 KB, and as many arguments as fit. */
    private static final int ARGUMENT_BYTES = 4096;

    private static final int MOST_ARGUMENTS = ARGUMENT_BYTES / 8;
    /** Other threads, and this one, may go on allocating while work is recorded: addresses of the recorded work are its own. */
    private static final int RELAXED = 2;

    private final CudaDevice device;
    private final long handle;
    /** Arguments of a launch and pointers to them; the driver has read them when a launch returns. */
    private final MemorySegment values = Arena.ofAuto().allocate(ARGUMENT_BYTES, 64);

    private final MemorySegment pointers = Arena.ofAuto().allocate(LONG, MOST_ARGUMENTS);
    private final Staging staging;
    private boolean recording;

    CudaStream(CudaDevice device, long handle) {
        this.device = device;
        this.handle = handle;
        this.staging = new Staging(device, handle);
    }

    /** An event in a stream. */
    private record Event(long event) implements Device.Mark {}

    @Override
    public synchronized void launch(Device.Function function, Grid grid, PackedArgs args) {
        device.enter();
        pack(args);
        try {
            int status = (int) Cuda.api().stream()
                    .launch()
                    .invokeExact(
                            ((CudaDevice.CudaFunction) function).handle(),
                            grid.x(),
                            grid.y(),
                            grid.z(),
                            grid.threads(),
                            1,
                            1,
                            0,
                            handle,
                            pointers.address(),
                            0L);
            Cuda.check(status, "cuLaunchKernel");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private void pack(PackedArgs args) {
        int at = 0;
        for (int i = 0; i < args.count(); i++) {
            int end = at + args.bytes(i);
            if (i == MOST_ARGUMENTS || end > ARGUMENT_BYTES) {
                throw ZooException.badArgument("launch: at most " + ARGUMENT_BYTES + " bytes of arguments expected");
            }
            if (args.kind(i) == PackedArgs.Kind.INTS) {
                MemorySegment.copy(args.structure(i), 0, values, INT, at, args.structure(i).length);
            } else {
                values.set(LONG, at, args.bits(i));
            }
            pointers.setAtIndex(LONG, i, values.address() + at);
            at = (end + 7) & -8;
        }
    }

    @Override
    public synchronized void upload(long to, MemorySegment from) {
        device.enter();
        staging.upload(to, from);
    }

    @Override
    public synchronized void download(MemorySegment to, long from) {
        if (recording) {
            throw new ZooException(
                    ErrorCode.UNSUPPORTED,
                    "work is being recorded, and something in it reads numbers on the host: an op that the device"
                            + " refuses, or a test on data; run it without recording");
        }
        device.enter();
        staging.download(to, from);
    }

    @Override
    public synchronized void copy(long to, long from, long bytes) {
        if (bytes == 0) {
            return;
        }
        device.enter();
        try {
            Cuda.check((int) Cuda.api().memory().within().invokeExact(to, from, bytes, handle), "cuMemcpyDtoDAsync");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public Device.Mark mark() {
        device.enter();
        long event = device.event();
        try {
            Cuda.check((int) Cuda.api().event().record().invokeExact(event, handle), "cuEventRecord");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
        return new Event(event);
    }

    @Override
    public void waitFor(Device.Mark mark) {
        long event = ((Event) mark).event;
        device.enter();
        try {
            Cuda.check((int) Cuda.api().stream().waitFor().invokeExact(handle, event, 0), "cuStreamWaitEvent");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
        // The stream waits for the event as it was recorded until now; recording it again changes nothing for it.
        device.give(event);
    }

    @Override
    public void await() {
        device.enter();
        try {
            Cuda.check((int) Cuda.api().stream().await().invokeExact(handle), "cuStreamSynchronize");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public synchronized void record() {
        device.enter();
        try {
            Cuda.check((int) Cuda.api().graph().begin().invokeExact(handle, RELAXED), "cuStreamBeginCapture");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
        recording = true;
    }

    @Override
    public synchronized Device.Recording recorded() {
        recording = false;
        device.enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            Cuda.check((int) Cuda.api().graph().end().invokeExact(handle, out.address()), "cuStreamEndCapture");
            long graph = out.get(LONG, 0);
            try {
                int status = (int) Cuda.api().graph().instantiate().invokeExact(out.address(), graph, 0L);
                Cuda.check(status, "cuGraphInstantiate");
            } finally {
                Cuda.check((int) Cuda.api().graph().destroy().invokeExact(graph), "cuGraphDestroy");
            }
            return new Graph(device, handle, out.get(LONG, 0));
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** For libraries that queue work themselves. */
    @Override
    public long handle() {
        return handle;
    }

    /** Recorded work, ready to run. */
    private record Graph(CudaDevice device, long stream, long executable) implements Device.Recording {
        @Override
        public void replay() {
            device.enter();
            try {
                Cuda.check((int) Cuda.api().graph().launch().invokeExact(executable, stream), "cuGraphLaunch");
            } catch (Throwable t) {
                throw Native.failed(t);
            }
        }

        @Override
        public void close() {
            device.enter();
            try {
                Cuda.check((int) Cuda.api().graph().destroyExecutable().invokeExact(executable), "cuGraphExecDestroy");
            } catch (Throwable t) {
                throw Native.failed(t);
            }
        }
    }
}
