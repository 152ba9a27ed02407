package org.layerzoo.oneapi.opencl;

import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.LONG;
import static org.layerzoo.kernels.device.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.kernels.device.Native;

/** The functions of the OpenCL 2.0 API that we call. */
final class OpenCl {
    static final int SUCCESS = 0;
    private static final int NOT_FOUND = -1001;
    private static final long DEVICE_TYPE_ALL = 0xFFFFFFFFL;

    static final int DEVICE_TYPE = 0x1000;
    static final int DEVICE_NAME = 0x102B;
    static final int DEVICE_VERSION = 0x102F;
    static final int DRIVER_VERSION = 0x102D;
    static final int DEVICE_EXTENSIONS = 0x1030;
    static final int DEVICE_IL_VERSION = 0x105B;
    static final int DEVICE_MAX_COMPUTE_UNITS = 0x1002;
    static final int DEVICE_MAX_WORK_GROUP_SIZE = 0x1004;
    static final int DEVICE_LOCAL_MEM_SIZE = 0x1023;
    static final int DEVICE_DOUBLE_FP_CONFIG = 0x1032;
    static final int DEVICE_SVM_CAPABILITIES = 0x1053;
    static final int PROGRAM_BUILD_LOG = 0x1183;

    private static Optional<OpenCl> instance;

    final MethodHandle platforms;
    final MethodHandle devices;
    final MethodHandle deviceInfo;
    final MethodHandle createContext;
    final MethodHandle createQueue;
    final MethodHandle svmAlloc;
    final MethodHandle svmFree;
    final MethodHandle svmCopy;
    final MethodHandle programWithBinary;
    final MethodHandle buildProgram;
    final MethodHandle buildInfo;
    final MethodHandle createKernel;
    final MethodHandle setArg;
    final MethodHandle setPointer;
    final MethodHandle launch;
    final MethodHandle marker;
    final MethodHandle barrier;
    final MethodHandle releaseEvent;
    final MethodHandle flush;
    final MethodHandle finish;
    /** From OpenCL 2.1. */
    final Optional<MethodHandle> programWithIl;

    private final String library;

    private OpenCl(Native lib) {
        library = lib.file();
        platforms = lib.status("clGetPlatformIDs", INT, POINTER, POINTER);
        devices = lib.status("clGetDeviceIDs", POINTER, LONG, INT, POINTER, POINTER);
        deviceInfo = lib.status("clGetDeviceInfo", POINTER, INT, LONG, POINTER, POINTER);
        createContext = lib.pointer("clCreateContext", POINTER, INT, POINTER, POINTER, POINTER, POINTER);
        createQueue = lib.pointer("clCreateCommandQueueWithProperties", POINTER, POINTER, POINTER, POINTER);
        svmAlloc = lib.pointer("clSVMAlloc", POINTER, LONG, LONG, INT);
        svmFree = lib.nothing("clSVMFree", POINTER, LONG);
        svmCopy = lib.status("clEnqueueSVMMemcpy", POINTER, INT, LONG, LONG, LONG, INT, POINTER, POINTER);
        programWithBinary =
                lib.pointer("clCreateProgramWithBinary", POINTER, INT, POINTER, POINTER, POINTER, POINTER, POINTER);
        buildProgram = lib.status("clBuildProgram", POINTER, INT, POINTER, POINTER, POINTER, POINTER);
        buildInfo = lib.status("clGetProgramBuildInfo", POINTER, POINTER, INT, LONG, POINTER, POINTER);
        createKernel = lib.pointer("clCreateKernel", POINTER, POINTER, POINTER);
        setArg = lib.status("clSetKernelArg", POINTER, INT, LONG, POINTER);
        setPointer = lib.status("clSetKernelArgSVMPointer", POINTER, INT, LONG);
        launch = lib.status(
                "clEnqueueNDRangeKernel", POINTER, POINTER, INT, POINTER, POINTER, POINTER, INT, POINTER, POINTER);
        marker = lib.status("clEnqueueMarkerWithWaitList", POINTER, INT, POINTER, POINTER);
        barrier = lib.status("clEnqueueBarrierWithWaitList", POINTER, INT, POINTER, POINTER);
        releaseEvent = lib.status("clReleaseEvent", POINTER);
        flush = lib.status("clFlush", POINTER);
        finish = lib.status("clFinish", POINTER);
        programWithIl = lib.has("clCreateProgramWithIL")
                ? Optional.of(lib.pointer("clCreateProgramWithIL", POINTER, POINTER, LONG, POINTER))
                : Optional.empty();
    }

    /**
     * The OpenCL loader of this machine; empty when there is none.
     *
     * @throws Native.MissingFunction if it is older than OpenCL 2.0
     */
    static synchronized Optional<OpenCl> open() {
        if (instance == null) {
            instance = Native.open(List.of("libOpenCL.so.1", "libOpenCL.so", "OpenCL.dll"))
                    .map(OpenCl::new);
        }
        return instance;
    }

    String library() {
        return library;
    }

    /** All devices of all platforms, in the loader's order. */
    List<MemorySegment> allDevices() {
        List<MemorySegment> out = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(INT);
            int status = (int) platforms.invokeExact(0, MemorySegment.NULL, count);
            if (status == NOT_FOUND || count.get(INT, 0) == 0) {
                return out;
            }
            check(status, "clGetPlatformIDs");
            int n = count.get(INT, 0);
            MemorySegment ids = arena.allocate(POINTER, n);
            check((int) platforms.invokeExact(n, ids, MemorySegment.NULL), "clGetPlatformIDs");
            for (int i = 0; i < n; i++) {
                addDevices(ids.getAtIndex(POINTER, i), out, arena);
            }
            return out;
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private void addDevices(MemorySegment platform, List<MemorySegment> out, Arena arena) throws Throwable {
        MemorySegment count = arena.allocate(INT);
        int status = (int) devices.invokeExact(platform, DEVICE_TYPE_ALL, 0, MemorySegment.NULL, count);
        if (status != SUCCESS) {
            // A platform without a device of its own: its driver is there, its hardware is not.
            return;
        }
        int n = count.get(INT, 0);
        MemorySegment ids = arena.allocate(POINTER, n);
        check((int) devices.invokeExact(platform, DEVICE_TYPE_ALL, n, ids, MemorySegment.NULL), "clGetDeviceIDs");
        for (int i = 0; i < n; i++) {
            out.add(ids.getAtIndex(POINTER, i));
        }
    }

    /** Text of a device, or the empty text where the device does not know the question. */
    String text(MemorySegment device, int what) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(LONG);
            int status = (int) deviceInfo.invokeExact(device, what, 0L, MemorySegment.NULL, size);
            if (status != SUCCESS || size.get(LONG, 0) == 0) {
                return "";
            }
            MemorySegment s = arena.allocate(size.get(LONG, 0) + 1);
            check(
                    (int) deviceInfo.invokeExact(device, what, size.get(LONG, 0), s, MemorySegment.NULL),
                    "clGetDeviceInfo");
            return s.getString(0, StandardCharsets.UTF_8).strip();
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** A number of a device (of 4 or 8 bytes), or 0 where the device does not know the question. */
    long number(MemorySegment device, int what) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment v = arena.allocate(LONG);
            int status = (int) deviceInfo.invokeExact(device, what, LONG.byteSize(), v, MemorySegment.NULL);
            return status == SUCCESS ? v.get(LONG, 0) : 0;
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** The compiler's words on a program that does not build. */
    String buildLog(MemorySegment program, MemorySegment device) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment log = arena.allocate(1 << 16);
            int status = (int)
                    buildInfo.invokeExact(program, device, PROGRAM_BUILD_LOG, log.byteSize(), log, MemorySegment.NULL);
            return status == SUCCESS ? log.getString(0).strip() : "no build log";
        }
    }

    static void check(int status, String call) {
        if (status != SUCCESS) {
            throw error(status, call);
        }
    }

    static ZooException error(int status, String call) {
        return new ZooException(
                ErrorCode.PLUGIN_FAILED,
                "OpenCL: " + call + " answered " + status
                        + name(status).map(n -> " (" + n + ")").orElse(""));
    }

    static void check(MemorySegment status, MemorySegment object, String call) {
        int s = status.get(ValueLayout.JAVA_INT, 0);
        if (s != SUCCESS || object.address() == 0) {
            throw error(s, call);
        }
    }

    private static Optional<String> name(int status) {
        return Optional.ofNullable(
                switch (status) {
                    case -4 -> "memory object allocation failure";
                    case -5 -> "out of resources";
                    case -6 -> "out of host memory";
                    case -11 -> "build program failure";
                    case -34 -> "invalid context";
                    case -42 -> "invalid binary";
                    case -44 -> "invalid program";
                    case -46 -> "invalid kernel name";
                    case -48 -> "invalid kernel";
                    case -51 -> "invalid argument size";
                    case -52 -> "invalid kernel arguments";
                    case -54 -> "invalid work-group size";
                    case -61 -> "invalid buffer size";
                    default -> null;
                });
    }
}
