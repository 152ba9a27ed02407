package org.layerzoo.oneapi.levelzero;

import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.LONG;
import static org.layerzoo.kernels.device.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.kernels.device.Native;

/** The functions of the Level Zero 1.0 core API that we call. */
final class Ze {
    static final int SUCCESS = 0;
    static final int OUT_OF_HOST_MEMORY = 0x70000002;
    static final int OUT_OF_DEVICE_MEMORY = 0x70000003;
    static final int MODULE_BUILD_FAILURE = 0x70000004;
    static final int UNINITIALIZED = 0x78000001;
    static final int UNSUPPORTED_VERSION = 0x78000002;
    static final int UNSUPPORTED_SIZE = 0x78000009;
    static final int INVALID_KERNEL_NAME = 0x78000011;

    /** Tests put a library of their own in the loader's place. */
    private static final String LIBRARY_PROPERTY = "layerzoo.levelzero.library";

    private static final Map<String, Ze> OPEN = new ConcurrentHashMap<>();

    final MethodHandle init;
    final MethodHandle drivers;
    final MethodHandle apiVersion;
    final MethodHandle devices;
    final MethodHandle deviceProperties;
    final MethodHandle computeProperties;
    final MethodHandle moduleProperties;
    final MethodHandle queueGroups;
    final MethodHandle createContext;
    final MethodHandle allocDevice;
    final MethodHandle allocHost;
    final MethodHandle free;
    final MethodHandle createModule;
    final MethodHandle buildLog;
    final MethodHandle destroyBuildLog;
    final MethodHandle createKernel;
    final MethodHandle groupSize;
    final MethodHandle argument;
    final MethodHandle createImmediate;
    final MethodHandle launch;
    final MethodHandle copy;
    final MethodHandle barrier;
    final MethodHandle createEventPool;
    final MethodHandle createEvent;
    final MethodHandle awaitEvent;
    final MethodHandle resetEvent;

    private final String library;

    private Ze(Native lib) {
        library = lib.file();
        init = lib.status("zeInit", INT);
        drivers = lib.status("zeDriverGet", POINTER, POINTER);
        apiVersion = lib.status("zeDriverGetApiVersion", POINTER, POINTER);
        devices = lib.status("zeDeviceGet", POINTER, POINTER, POINTER);
        deviceProperties = lib.status("zeDeviceGetProperties", POINTER, POINTER);
        computeProperties = lib.status("zeDeviceGetComputeProperties", POINTER, POINTER);
        moduleProperties = lib.status("zeDeviceGetModuleProperties", POINTER, POINTER);
        queueGroups = lib.status("zeDeviceGetCommandQueueGroupProperties", POINTER, POINTER, POINTER);
        createContext = lib.status("zeContextCreate", POINTER, POINTER, POINTER);
        allocDevice = lib.status("zeMemAllocDevice", POINTER, POINTER, LONG, LONG, POINTER, POINTER);
        allocHost = lib.status("zeMemAllocHost", POINTER, POINTER, LONG, LONG, POINTER);
        free = lib.status("zeMemFree", POINTER, LONG);
        createModule = lib.status("zeModuleCreate", POINTER, POINTER, POINTER, POINTER, POINTER);
        buildLog = lib.status("zeModuleBuildLogGetString", POINTER, POINTER, POINTER);
        destroyBuildLog = lib.status("zeModuleBuildLogDestroy", POINTER);
        createKernel = lib.status("zeKernelCreate", POINTER, POINTER, POINTER);
        groupSize = lib.status("zeKernelSetGroupSize", POINTER, INT, INT, INT);
        argument = lib.status("zeKernelSetArgumentValue", POINTER, INT, LONG, POINTER);
        createImmediate = lib.status("zeCommandListCreateImmediate", POINTER, POINTER, POINTER, POINTER);
        launch = lib.status("zeCommandListAppendLaunchKernel", POINTER, POINTER, POINTER, POINTER, INT, POINTER);
        copy = lib.status("zeCommandListAppendMemoryCopy", POINTER, LONG, LONG, LONG, POINTER, INT, POINTER);
        barrier = lib.status("zeCommandListAppendBarrier", POINTER, POINTER, INT, POINTER);
        createEventPool = lib.status("zeEventPoolCreate", POINTER, POINTER, INT, POINTER, POINTER);
        createEvent = lib.status("zeEventCreate", POINTER, POINTER, POINTER);
        awaitEvent = lib.status("zeEventHostSynchronize", POINTER, LONG);
        resetEvent = lib.status("zeEventHostReset", POINTER);
    }

    /**
     * The Level Zero loader of this machine; empty when there is none.
     *
     * @throws Native.MissingFunction if it lacks what we call
     */
    static Optional<Ze> open() {
        String own = System.getProperty(LIBRARY_PROPERTY, "");
        Ze known = OPEN.get(own);
        if (known != null) {
            return Optional.of(known);
        }
        List<String> files =
                own.isEmpty() ? List.of("libze_loader.so.1", "libze_loader.so", "ze_loader.dll") : List.of(own);
        Optional<Ze> found = Native.open(files).map(Ze::new);
        found.ifPresent(ze -> OPEN.put(own, ze));
        return found;
    }

    String library() {
        return library;
    }

    /** Calls a function that first tells how many handles there are and then gives them. */
    static List<MemorySegment> handles(Listing list) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(INT);
            list.into(count, MemorySegment.NULL);
            int n = count.get(INT, 0);
            if (n == 0) {
                return List.of();
            }
            MemorySegment handles = arena.allocate(POINTER, n);
            list.into(count, handles);
            List<MemorySegment> out = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                out.add(handles.getAtIndex(POINTER, i));
            }
            return out;
        }
    }

    /** A call with a count and room for as many handles. */
    interface Listing {
        void into(MemorySegment count, MemorySegment handles) throws Throwable;
    }

    static void check(int status, String call) {
        if (status != SUCCESS) {
            ErrorCode code = status == OUT_OF_DEVICE_MEMORY || status == OUT_OF_HOST_MEMORY
                    ? ErrorCode.OUT_OF_MEMORY
                    : ErrorCode.PLUGIN_FAILED;
            throw new ZooException(code, "Level Zero: " + call + " answers " + name(status));
        }
    }

    static String name(int status) {
        String words =
                switch (status) {
                    case 0x70000001 -> "device lost";
                    case OUT_OF_HOST_MEMORY -> "out of host memory";
                    case OUT_OF_DEVICE_MEMORY -> "out of device memory";
                    case MODULE_BUILD_FAILURE -> "module build failure";
                    case 0x70000005 -> "module link failure";
                    case 0x70000006 -> "device requires reset";
                    case UNINITIALIZED -> "uninitialized";
                    case UNSUPPORTED_VERSION -> "unsupported version";
                    case 0x78000003 -> "unsupported feature";
                    case 0x78000004 -> "invalid argument";
                    case UNSUPPORTED_SIZE -> "unsupported size";
                    case 0x7800000b -> "invalid synchronization object";
                    case 0x7800000f -> "invalid native binary";
                    case INVALID_KERNEL_NAME -> "invalid kernel name";
                    case 0x78000013 -> "invalid group size";
                    case 0x78000015 -> "invalid kernel argument index";
                    case 0x78000016 -> "invalid kernel argument size";
                    default -> "an error";
                };
        return words + " (0x" + Integer.toHexString(status) + ")";
    }
}
