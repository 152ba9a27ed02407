package org.layerzoo.cuda;

import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.kernels.device.Native;

/**
 * The functions of the CUDA driver API that we call, CUDA 11.5 and newer. Handles and pointers are plain longs and the functions are
 * fields of constant records, so that a call is compiled to a call and allocates nothing.
 */
final class Cuda {
    static final int SUCCESS = 0;
    static final int OUT_OF_MEMORY = 2;
    static final int STUB_LIBRARY = 34;
    static final int NO_DEVICE = 100;
    static final int UNSUPPORTED_PTX_VERSION = 222;
    static final int ILLEGAL_ADDRESS = 700;
    static final int LAUNCH_FAILED = 719;
    static final int SYSTEM_DRIVER_MISMATCH = 803;
    static final int CAPTURE_UNSUPPORTED = 900;

    /** Another library than the system's, for tests. */
    private static final String LIBRARY = "layerzoo.cuda.library";

    private static final Optional<Native> FOUND = Native.open(files());
    private static final Functions FUNCTIONS;
    private static final Optional<String> TOO_OLD;

    static {
        Functions functions = null;
        String tooOld = null;
        try {
            functions = FOUND.map(Functions::of).orElse(null);
        } catch (Native.MissingFunction e) {
            tooOld = e.getMessage();
        }
        FUNCTIONS = functions;
        TOO_OLD = Optional.ofNullable(tooOld);
    }

    private Cuda() {}

    static List<String> files() {
        String own = System.getProperty(LIBRARY, "");
        return own.isEmpty() ? List.of("libcuda.so.1", "nvcuda.dll") : List.of(own);
    }

    /** The driver's library; empty when there is none. */
    static Optional<Native> library() {
        return FOUND;
    }

    /** The function that the library lacks, if any. */
    static Optional<String> tooOld() {
        return TOO_OLD;
    }

    /** To be called only where {@link #library} is there and not {@link #tooOld}. */
    static Functions api() {
        return FUNCTIONS;
    }

    record Functions(
            Devices device,
            Contexts context,
            Modules module,
            Streams stream,
            Events event,
            Memories memory,
            Graphs graph) {
        static Functions of(Native lib) {
            return new Functions(
                    Devices.of(lib),
                    Contexts.of(lib),
                    Modules.of(lib),
                    Streams.of(lib),
                    Events.of(lib),
                    Memories.of(lib),
                    Graphs.of(lib));
        }
    }

    record Devices(
            MethodHandle init,
            MethodHandle version,
            MethodHandle count,
            MethodHandle get,
            MethodHandle name,
            MethodHandle attribute,
            MethodHandle memory,
            MethodHandle errorText) {
        static Devices of(Native lib) {
            return new Devices(
                    lib.status("cuInit", INT),
                    lib.status("cuDriverGetVersion", LONG),
                    lib.status("cuDeviceGetCount", LONG),
                    lib.status("cuDeviceGet", LONG, INT),
                    lib.status("cuDeviceGetName", LONG, INT, INT),
                    lib.status("cuDeviceGetAttribute", LONG, INT, INT),
                    lib.status("cuDeviceTotalMem_v2", LONG, INT),
                    lib.status("cuGetErrorString", INT, LONG));
        }
    }

    record Contexts(MethodHandle retain, MethodHandle setCurrent, MethodHandle free) {
        static Contexts of(Native lib) {
            return new Contexts(
                    lib.status("cuDevicePrimaryCtxRetain", LONG, INT),
                    lib.status("cuCtxSetCurrent", LONG),
                    lib.status("cuMemGetInfo_v2", LONG, LONG));
        }
    }

    record Modules(MethodHandle load, MethodHandle function) {
        static Modules of(Native lib) {
            return new Modules(
                    lib.status("cuModuleLoadDataEx", LONG, LONG, INT, LONG, LONG),
                    lib.status("cuModuleGetFunction", LONG, LONG, LONG));
        }
    }

    record Streams(MethodHandle create, MethodHandle await, MethodHandle waitFor, MethodHandle launch) {
        static Streams of(Native lib) {
            return new Streams(
                    lib.status("cuStreamCreate", LONG, INT),
                    lib.status("cuStreamSynchronize", LONG),
                    lib.status("cuStreamWaitEvent", LONG, LONG, INT),
                    lib.status("cuLaunchKernel", LONG, INT, INT, INT, INT, INT, INT, INT, LONG, LONG, LONG));
        }
    }

    record Events(MethodHandle create, MethodHandle record, MethodHandle await) {
        static Events of(Native lib) {
            return new Events(
                    lib.status("cuEventCreate", LONG, INT),
                    lib.status("cuEventRecord", LONG, LONG),
                    lib.status("cuEventSynchronize", LONG));
        }
    }

    record Memories(
            MethodHandle allocate,
            MethodHandle free,
            MethodHandle pinned,
            MethodHandle up,
            MethodHandle down,
            MethodHandle within) {
        static Memories of(Native lib) {
            return new Memories(
                    lib.status("cuMemAlloc_v2", LONG, LONG),
                    lib.status("cuMemFree_v2", LONG),
                    lib.status("cuMemHostAlloc", LONG, LONG, INT),
                    lib.status("cuMemcpyHtoDAsync_v2", LONG, LONG, LONG, LONG),
                    lib.status("cuMemcpyDtoHAsync_v2", LONG, LONG, LONG, LONG),
                    lib.status("cuMemcpyDtoDAsync_v2", LONG, LONG, LONG, LONG));
        }
    }

    record Graphs(
            MethodHandle begin,
            MethodHandle end,
            MethodHandle instantiate,
            MethodHandle launch,
            MethodHandle destroy,
            MethodHandle destroyExecutable) {
        static Graphs of(Native lib) {
            return new Graphs(
                    lib.status("cuStreamBeginCapture_v2", LONG, INT),
                    lib.status("cuStreamEndCapture", LONG, LONG),
                    lib.status("cuGraphInstantiateWithFlags", LONG, LONG, LONG),
                    lib.status("cuGraphLaunch", LONG, LONG),
                    lib.status("cuGraphDestroy", LONG),
                    lib.status("cuGraphExecDestroy", LONG));
        }
    }

    static void check(int status, String call) {
        if (status != SUCCESS) {
            throw error(status, call);
        }
    }

    static ZooException error(int status, String call) {
        String what = call + " failed with error " + status + " (" + text(status) + ")";
        if (status == OUT_OF_MEMORY) {
            return new ZooException(ErrorCode.OUT_OF_MEMORY, what + ": take smaller batches or free tensors");
        }
        if (status >= ILLEGAL_ADDRESS && status <= LAUNCH_FAILED) {
            // Such errors stay with the context: every later call gives them again.
            return new ZooException(
                    ErrorCode.PLUGIN_FAILED,
                    what + ": a kernel that ran before has broken the device's context, this process cannot use the"
                            + " device any more; compute-sanitizer names the kernel");
        }
        if (status == CAPTURE_UNSUPPORTED) {
            return new ZooException(ErrorCode.UNSUPPORTED, what + ": the work that is recorded waits for the device");
        }
        return new ZooException(ErrorCode.PLUGIN_FAILED, what);
    }

    /** The driver's words for an error. */
    static String text(int status) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pointer = arena.allocate(LONG);
            int known = (int) FUNCTIONS.device.errorText.invokeExact(status, pointer.address());
            long at = pointer.get(LONG, 0);
            return known != SUCCESS || at == 0
                    ? "unknown"
                    : MemorySegment.ofAddress(at).reinterpret(Long.MAX_VALUE).getString(0);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }
}
