package org.layerzoo.oneapi.opencl;

import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.LONG;
import static org.layerzoo.kernels.device.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.kernels.device.Device;
import org.layerzoo.kernels.device.Native;

/**
 * An OpenCL device with shared virtual memory, whose pointers are the addresses of {@link Device}. SPIR-V is handed to the driver; one
 * that takes only LLVM's older SPIR (PoCL 3) gets it translated by the tool {@code llvm-spirv}.
 */
public final class OpenClDevice implements Device {
    private static final int SVM_COARSE = 1;
    private static final int ALIGN = 128;

    final OpenCl cl;
    final MemorySegment device;
    final MemorySegment context;
    private final String name;
    private final Gpu.Limits limits;
    private final Optional<SpirTranslator> translator;

    /** What is on this machine. */
    public record Found(int index, String name, String driver, Optional<String> refusal) {}

    private OpenClDevice(OpenCl cl, MemorySegment device) {
        this.cl = cl;
        this.device = device;
        this.name = cl.text(device, OpenCl.DEVICE_NAME);
        this.limits = new Gpu.Limits(
                (int) cl.number(device, OpenCl.DEVICE_MAX_WORK_GROUP_SIZE),
                (int) Math.min(Integer.MAX_VALUE, cl.number(device, OpenCl.DEVICE_LOCAL_MEM_SIZE)),
                (int) cl.number(device, OpenCl.DEVICE_MAX_COMPUTE_UNITS),
                cl.number(device, OpenCl.DEVICE_DOUBLE_FP_CONFIG) != 0);
        this.translator = takesSpirV(cl, device) ? Optional.empty() : SpirTranslator.find();
        this.context = open();
    }

    /** The OpenCL library's file; empty when there is none. */
    public static Optional<String> library() {
        return OpenCl.open().map(OpenCl::library);
    }

    /** The devices of this machine, and why those that can't be used can't. */
    public static List<Found> list() {
        OpenCl cl = OpenCl.open().orElseThrow();
        List<MemorySegment> devices = cl.allDevices();
        return java.util.stream.IntStream.range(0, devices.size())
                .mapToObj(i -> found(cl, i, devices.get(i)))
                .toList();
    }

    private static Found found(OpenCl cl, int i, MemorySegment d) {
        String driver = cl.text(d, OpenCl.DEVICE_VERSION) + ", driver " + cl.text(d, OpenCl.DRIVER_VERSION);
        return new Found(i, cl.text(d, OpenCl.DEVICE_NAME), driver, refusal(cl, d));
    }

    private static Optional<String> refusal(OpenCl cl, MemorySegment d) {
        if ((cl.number(d, OpenCl.DEVICE_SVM_CAPABILITIES) & SVM_COARSE) == 0) {
            return Optional.of("it has no shared virtual memory (OpenCL 2.0)");
        }
        if (!takesSpirV(cl, d) && !takesSpir(cl, d)) {
            return Optional.of("its driver takes neither SPIR-V nor SPIR");
        }
        if (!takesSpirV(cl, d) && SpirTranslator.find().isEmpty()) {
            return Optional.of(
                    "its driver takes SPIR only, and llvm-spirv, which translates SPIR-V to it, is not on the"
                            + " path: install llvm-spirv-15");
        }
        return Optional.empty();
    }

    private static boolean takesSpirV(OpenCl cl, MemorySegment d) {
        return cl.programWithIl.isPresent()
                && cl.text(d, OpenCl.DEVICE_IL_VERSION).contains("SPIR-V");
    }

    private static boolean takesSpir(OpenCl cl, MemorySegment d) {
        return cl.text(d, OpenCl.DEVICE_EXTENSIONS).contains("cl_khr_spir");
    }

    /** @param index as in {@link #list} */
    public static OpenClDevice open(int index) {
        OpenCl cl = OpenCl.open().orElseThrow();
        return new OpenClDevice(cl, cl.allDevices().get(index));
    }

    private MemorySegment open() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(INT);
            MemorySegment ids = arena.allocateFrom(POINTER, device);
            MemorySegment c = (MemorySegment) cl.createContext.invokeExact(
                    MemorySegment.NULL, 1, ids, MemorySegment.NULL, MemorySegment.NULL, status);
            OpenCl.check(status, c, "clCreateContext");
            return c;
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Gpu.Limits limits() {
        return limits;
    }

    @Override
    public Code code() {
        return Code.SPIRV;
    }

    @Override
    public long allocate(long bytes) {
        try {
            MemorySegment p = (MemorySegment) cl.svmAlloc.invokeExact(context, 1L, bytes, ALIGN);
            if (p.address() == 0) {
                throw new ZooException(
                        ErrorCode.OUT_OF_MEMORY, "device " + name + " has no memory left for " + bytes + " bytes");
            }
            return p.address();
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public void free(long address) {
        try {
            cl.svmFree.invokeExact(context, address);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public Program load(byte[] code, String file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = translator.isPresent()
                    ? fromSpir(translator.get().translate(code, file), arena)
                    : fromSpirV(code, arena);
            MemorySegment options = arena.allocateFrom(translator.isPresent() ? "-x spir -spir-std=1.2" : "");
            MemorySegment ids = arena.allocateFrom(POINTER, device);
            int status =
                    (int) cl.buildProgram.invokeExact(program, 1, ids, options, MemorySegment.NULL, MemorySegment.NULL);
            if (status != OpenCl.SUCCESS) {
                throw new ZooException(
                        ErrorCode.PLUGIN_FAILED,
                        "kernels " + file + " do not build on " + name + ": " + cl.buildLog(program, device));
            }
            return function -> new OpenClFunction(kernel(program, function, file));
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private MemorySegment fromSpirV(byte[] code, Arena arena) throws Throwable {
        MemorySegment status = arena.allocate(INT);
        MemorySegment bytes = arena.allocateFrom(java.lang.foreign.ValueLayout.JAVA_BYTE, code);
        MemorySegment p =
                (MemorySegment) cl.programWithIl.orElseThrow().invokeExact(context, bytes, bytes.byteSize(), status);
        OpenCl.check(status, p, "clCreateProgramWithIL");
        return p;
    }

    private MemorySegment fromSpir(byte[] code, Arena arena) throws Throwable {
        MemorySegment status = arena.allocate(INT);
        MemorySegment bytes = arena.allocateFrom(java.lang.foreign.ValueLayout.JAVA_BYTE, code);
        MemorySegment ids = arena.allocateFrom(POINTER, device);
        MemorySegment lengths = arena.allocateFrom(LONG, bytes.byteSize());
        MemorySegment p = (MemorySegment) cl.programWithBinary.invokeExact(
                context, 1, ids, lengths, arena.allocateFrom(POINTER, bytes), MemorySegment.NULL, status);
        OpenCl.check(status, p, "clCreateProgramWithBinary");
        return p;
    }

    private MemorySegment kernel(MemorySegment program, String function, String file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(INT);
            MemorySegment k =
                    (MemorySegment) cl.createKernel.invokeExact(program, arena.allocateFrom(function), status);
            OpenCl.check(status, k, "clCreateKernel of " + function + " in " + file);
            return k;
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public Stream stream() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(INT);
            MemorySegment q = (MemorySegment) cl.createQueue.invokeExact(context, device, MemorySegment.NULL, status);
            OpenCl.check(status, q, "clCreateCommandQueueWithProperties");
            return new OpenClStream(cl, q);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** A kernel's arguments are part of it: whoever sets them and launches it holds its lock. */
    record OpenClFunction(MemorySegment kernel) implements Function {}
}
