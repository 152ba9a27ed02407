package org.layerzoo.cuda;

import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.kernels.device.Device;
import org.layerzoo.kernels.device.Native;

/**
 * An NVIDIA GPU in its primary context, which other libraries of the process share.
 *
 * <p>Memory is {@code cuMemAlloc}'s and not {@code cuMemAllocAsync}'s: {@code GpuContext} keeps freed blocks by stream itself, so that in
 * steady state the driver is asked for nothing; a second pool below would only hold more memory, and in recorded work its blocks would
 * be nodes of the graph instead of fixed addresses.
 */
final class CudaDevice implements Device {
    private static final int MAX_THREADS = 1;
    private static final int SHARED_MEMORY = 8;
    private static final int MULTIPROCESSORS = 16;
    private static final int CAPABILITY_MAJOR = 75;
    private static final int CAPABILITY_MINOR = 76;
    private static final int NON_BLOCKING = 1;
    private static final int NO_TIMING = 2;
    private static final int JIT_ERROR_LOG = 5;
    private static final int JIT_ERROR_LOG_SIZE = 6;
    private static final int LOG_BYTES = 1 << 14;

    /** Which context the driver holds for this thread. */
    private static final ThreadLocal<Current> CURRENT = ThreadLocal.withInitial(Current::new);

    private static final class Current {
        private CudaDevice device;
    }

    private final Found found;
    private final Gpu.Limits limits;
    private final long context;
    /** Events that nobody uses; each belongs to the context, not to a stream. */
    private final ConcurrentLinkedQueue<Long> events = new ConcurrentLinkedQueue<>();

    /** @param capability compute capability times ten */
    record Found(int index, int handle, String name, int capability, long bytes) {}

    CudaDevice(Found found) {
        this.found = found;
        this.limits = new Gpu.Limits(
                attribute(MAX_THREADS, found.handle), attribute(SHARED_MEMORY, found.handle), units(found), true);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            Cuda.check(
                    (int) Cuda.api().context().retain().invokeExact(out.address(), found.handle),
                    "cuDevicePrimaryCtxRetain");
            this.context = out.get(LONG, 0);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** The device of that number; the driver has been initialised. */
    static Found find(int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            Cuda.check((int) Cuda.api().device().get().invokeExact(out.address(), index), "cuDeviceGet");
            int handle = out.get(INT, 0);
            Cuda.check((int) Cuda.api().device().memory().invokeExact(out.address(), handle), "cuDeviceTotalMem");
            MemorySegment name = arena.allocate(256);
            Cuda.check(
                    (int) Cuda.api().device().name().invokeExact(name.address(), (int) name.byteSize(), handle),
                    "cuDeviceGetName");
            int capability = 10 * attribute(CAPABILITY_MAJOR, handle) + attribute(CAPABILITY_MINOR, handle);
            return new Found(index, handle, name.getString(0), capability, out.get(LONG, 0));
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    static int units(Found found) {
        return attribute(MULTIPROCESSORS, found.handle);
    }

    private static int attribute(int what, int handle) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(INT);
            Cuda.check(
                    (int) Cuda.api().device().attribute().invokeExact(out.address(), what, handle),
                    "cuDeviceGetAttribute");
            return out.get(INT, 0);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** Makes the device's context this thread's: to be called before every call of the driver that works in a context. */
    void enter() {
        if (Thread.currentThread().isVirtual()) {
            // The driver remembers contexts by carrier.
            makeCurrent();
            return;
        }
        Current c = CURRENT.get();
        if (c.device != this) {
            makeCurrent();
            c.device = this;
        }
    }

    private void makeCurrent() {
        try {
            Cuda.check((int) Cuda.api().context().setCurrent().invokeExact(context), "cuCtxSetCurrent");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public String name() {
        return found.name;
    }

    @Override
    public Gpu.Limits limits() {
        return limits;
    }

    @Override
    public int computeCapability() {
        return found.capability;
    }

    @Override
    public Code code() {
        return Code.PTX;
    }

    @Override
    public long allocate(long bytes) {
        enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            int status = (int) Cuda.api().memory().allocate().invokeExact(out.address(), bytes);
            if (status == Cuda.OUT_OF_MEMORY) {
                throw full(bytes, arena);
            }
            Cuda.check(status, "cuMemAlloc");
            return out.get(LONG, 0);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private ZooException full(long bytes, Arena arena) throws Throwable {
        MemorySegment free = arena.allocate(LONG);
        MemorySegment total = arena.allocate(LONG);
        Cuda.check((int) Cuda.api().context().free().invokeExact(free.address(), total.address()), "cuMemGetInfo");
        return new ZooException(
                ErrorCode.OUT_OF_MEMORY,
                "device cuda:" + found.index + " (" + found.name + ") has no memory left for " + bytes + " bytes: "
                        + free.get(LONG, 0) + " of " + total.get(LONG, 0)
                        + " bytes are free; take smaller batches, or end what else runs on the device (nvidia-smi)");
    }

    @Override
    public void free(long address) {
        enter();
        try {
            Cuda.check((int) Cuda.api().memory().free().invokeExact(address), "cuMemFree");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public Program load(byte[] code, String file) {
        enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(code.length + 1L);
            MemorySegment.copy(code, 0, text, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, code.length);
            MemorySegment log = arena.allocate(LOG_BYTES);
            MemorySegment options = arena.allocateFrom(INT, JIT_ERROR_LOG, JIT_ERROR_LOG_SIZE);
            MemorySegment values = arena.allocateFrom(LONG, log.address(), LOG_BYTES);
            MemorySegment out = arena.allocate(LONG);
            int status = (int) Cuda.api()
                    .module()
                    .load()
                    .invokeExact(out.address(), text.address(), 2, options.address(), values.address());
            if (status != Cuda.SUCCESS) {
                throw notLoaded(status, file, log.getString(0).strip());
            }
            long module = out.get(LONG, 0);
            return function -> new CudaFunction(function(module, function, file));
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private ZooException notLoaded(int status, String file, String log) {
        if (status == Cuda.UNSUPPORTED_PTX_VERSION) {
            return new ZooException(
                    ErrorCode.NO_BACKEND,
                    "kernels " + file + " need a newer NVIDIA driver than this one: " + Cuda.text(status)
                            + "; install the newest driver of your system");
        }
        return new ZooException(
                ErrorCode.PLUGIN_FAILED,
                "kernels " + file + " do not load on " + found.name + ": " + Cuda.text(status)
                        + (log.isEmpty() ? "" : ": " + log));
    }

    private long function(long module, String name, String file) {
        enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            Cuda.check(
                    (int) Cuda.api()
                            .module()
                            .function()
                            .invokeExact(
                                    out.address(),
                                    module,
                                    arena.allocateFrom(name).address()),
                    "cuModuleGetFunction of " + name + " in " + file);
            return out.get(LONG, 0);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public Stream stream() {
        enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            Cuda.check((int) Cuda.api().stream().create().invokeExact(out.address(), NON_BLOCKING), "cuStreamCreate");
            return new CudaStream(this, out.get(LONG, 0));
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** An event to record; {@link #give} it back. */
    long event() {
        Long free = events.poll();
        if (free != null) {
            return free;
        }
        enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            Cuda.check((int) Cuda.api().event().create().invokeExact(out.address(), NO_TIMING), "cuEventCreate");
            return out.get(LONG, 0);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    void give(long event) {
        events.add(event);
    }

    record CudaFunction(long handle) implements Function {}
}
