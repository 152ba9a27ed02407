package org.layerzoo.oneapi.levelzero;

import static org.layerzoo.kernels.device.Native.INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.kernels.device.Device;
import org.layerzoo.kernels.device.Native;

/** What Level Zero finds on this machine. Missing parts are normal states, each with its remedy. */
public final class LevelZero {
    private static final int ALL_DRIVERS = 0;
    private static final int TYPE_GPU = 1;
    private static final int TYPE_CPU = 2;
    private static final int GROUP_COMPUTE = 1;
    private static final int MODULE_FP64 = 2;
    /** The version of our SPIR-V, and the first final one of the API: major in the upper half. */
    private static final int SPIRV_1_2 = 0x10002;

    private static final int API_1_0 = 0x10000;

    private static final String DRIVER_REMEDY = "install the Level Zero driver of your Intel GPU (libze-intel-gpu1, in"
            + " older systems intel-level-zero-gpu), and see that you may open /dev/dri/renderD* (group render)";

    private LevelZero() {}

    /**
     * @param library the loader's file
     * @param problem why there is nothing to use
     * @param remedy what would change that
     */
    public record Report(
            Optional<String> library, List<Found> devices, Optional<String> problem, Optional<String> remedy) {}

    /** A device, and why it cannot be used if so. */
    public record Found(int index, String name, String driver, Optional<String> refusal, Supplier<Device> opener) {}

    /** What we need to know of a device. */
    record Properties(String name, int type, long largestBlock, int spirV, int queueGroup, Gpu.Limits limits) {}

    /** Looks without failing. */
    public static Report look() {
        Optional<Ze> ze;
        try {
            ze = Ze.open();
        } catch (Native.MissingFunction e) {
            return problem(Optional.empty(), e.getMessage(), "install a newer Level Zero loader (libze1)");
        }
        if (ze.isEmpty()) {
            return problem(
                    Optional.empty(),
                    "no loader (libze_loader.so.1)",
                    "install the Level Zero loader (libze1) and the driver of your Intel GPU (libze-intel-gpu1)");
        }
        Optional<String> library = Optional.of(ze.get().library());
        try {
            int status = (int) ze.get().init.invokeExact(ALL_DRIVERS);
            if (status == Ze.UNINITIALIZED) {
                return problem(library, "no driver (zeInit answers " + Ze.name(status) + ")", DRIVER_REMEDY);
            }
            Ze.check(status, "zeInit");
            List<Found> found = devices(ze.get());
            return found.isEmpty()
                    ? problem(library, "a driver, but no device", DRIVER_REMEDY)
                    : new Report(library, found, Optional.empty(), Optional.empty());
        } catch (ZooException e) {
            return problem(library, e.getMessage(), DRIVER_REMEDY);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private static Report problem(Optional<String> library, String what, String remedy) {
        return new Report(library, List.of(), Optional.of(what), Optional.of(remedy));
    }

    private static List<Found> devices(Ze ze) throws Throwable {
        List<Found> out = new ArrayList<>();
        for (MemorySegment driver : Ze.handles((n, h) -> Ze.check((int) ze.drivers.invokeExact(n, h), "zeDriverGet"))) {
            int version = version(ze, driver);
            for (MemorySegment d :
                    Ze.handles((n, h) -> Ze.check((int) ze.devices.invokeExact(driver, n, h), "zeDeviceGet"))) {
                Properties p = properties(ze, d);
                out.add(new Found(
                        out.size(),
                        p.name,
                        "Level Zero " + dotted(version),
                        refusal(p, version),
                        () -> new LevelZeroDevice(ze, driver, d, p)));
            }
        }
        return out;
    }

    private static int version(Ze ze, MemorySegment driver) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment v = arena.allocate(INT);
            Ze.check((int) ze.apiVersion.invokeExact(driver, v), "zeDriverGetApiVersion");
            return v.get(INT, 0);
        }
    }

    private static String dotted(int version) {
        return (version >>> 16) + "." + (version & 0xffff);
    }

    private static Optional<String> refusal(Properties p, int version) {
        if (version < API_1_0) {
            return Optional.of("its driver speaks Level Zero " + dotted(version)
                    + ", 1.0 or newer is needed: install a newer driver (libze-intel-gpu1)");
        }
        if (p.type != TYPE_GPU && p.type != TYPE_CPU) {
            return Optional.of("it is neither a GPU nor a CPU (type " + p.type + ")");
        }
        if (p.spirV < SPIRV_1_2) {
            return Optional.of("its driver takes "
                    + (p.spirV == 0 ? "no SPIR-V" : "SPIR-V up to " + dotted(p.spirV))
                    + ", 1.2 is needed: install a newer driver (libze-intel-gpu1)");
        }
        if (p.queueGroup < 0) {
            return Optional.of("it has no command queue that computes");
        }
        return Optional.empty();
    }

    private static Properties properties(Ze ze, MemorySegment device) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            var whole = ZeLayouts.DEVICE_PROPERTIES;
            MemorySegment d = whole.in(arena);
            Ze.check((int) ze.deviceProperties.invokeExact(device, d), "zeDeviceGetProperties");
            var compute = ZeLayouts.COMPUTE_PROPERTIES;
            MemorySegment c = compute.in(arena);
            Ze.check((int) ze.computeProperties.invokeExact(device, c), "zeDeviceGetComputeProperties");
            var module = ZeLayouts.MODULE_PROPERTIES;
            MemorySegment m = module.in(arena);
            Ze.check((int) ze.moduleProperties.invokeExact(device, m), "zeDeviceGetModuleProperties");
            int units = whole.getInt(d, "numSlices") * whole.getInt(d, "numSubslicesPerSlice");
            return new Properties(
                    d.getString(whole.offset("name")).strip(),
                    whole.getInt(d, "type"),
                    whole.getLong(d, "maxMemAllocSize"),
                    module.getInt(m, "spirvVersionSupported"),
                    computeGroup(ze, device, arena),
                    new Gpu.Limits(
                            compute.getInt(c, "maxTotalGroupSize"),
                            compute.getInt(c, "maxSharedLocalMemory"),
                            Math.max(1, units),
                            (module.getInt(m, "flags") & MODULE_FP64) != 0));
        }
    }

    /** The first group of queues that runs kernels, or -1. */
    private static int computeGroup(Ze ze, MemorySegment device, Arena arena) throws Throwable {
        MemorySegment count = arena.allocate(INT);
        Ze.check(
                (int) ze.queueGroups.invokeExact(device, count, MemorySegment.NULL),
                "zeDeviceGetCommandQueueGroupProperties");
        int n = count.get(INT, 0);
        var group = ZeLayouts.QUEUE_GROUP_PROPERTIES;
        MemorySegment all = group.in(arena, Math.max(1, n));
        Ze.check((int) ze.queueGroups.invokeExact(device, count, all), "zeDeviceGetCommandQueueGroupProperties");
        for (int i = 0; i < n; i++) {
            MemorySegment one = all.asSlice(i * group.layout().byteSize(), group.layout());
            if ((group.getInt(one, "flags") & GROUP_COMPUTE) != 0) {
                return i;
            }
        }
        return -1;
    }
}
