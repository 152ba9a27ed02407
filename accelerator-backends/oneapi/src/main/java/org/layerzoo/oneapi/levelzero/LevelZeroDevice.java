package org.layerzoo.oneapi.levelzero;

import static org.layerzoo.kernels.device.Native.LONG;
import static org.layerzoo.kernels.device.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.kernels.device.Device;
import org.layerzoo.kernels.device.Native;

/** A Level Zero device. Tensors lie in its own memory; Java's memory is reached through a stream's {@link Staging}. */
public final class LevelZeroDevice implements Device {
    private static final int FORMAT_SPIRV = 0;
    private static final int QUEUE_ASYNCHRONOUS = 2;
    private static final long ALIGN = 256;
    /** Kernels address buffers of any size. */
    private static final String BUILD_FLAGS = "-ze-opt-greater-than-4GB-buffer-required";

    private static final long FOUR_GIB = 1L << 32;

    private final Ze ze;
    private final LevelZero.Properties properties;
    private final MemorySegment device;
    private final MemorySegment context;
    private final Events events;

    LevelZeroDevice(Ze ze, MemorySegment driver, MemorySegment device, LevelZero.Properties properties) {
        this.ze = ze;
        this.device = device;
        this.properties = properties;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(POINTER);
            MemorySegment desc = ZeLayouts.CONTEXT_DESC.in(arena);
            Ze.check((int) ze.createContext.invokeExact(driver, desc, out), "zeContextCreate");
            this.context = out.get(POINTER, 0);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
        this.events = new Events(ze, context);
    }

    @Override
    public String name() {
        return properties.name();
    }

    @Override
    public Gpu.Limits limits() {
        return properties.limits();
    }

    @Override
    public Code code() {
        return Code.SPIRV;
    }

    @Override
    public long allocate(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            MemorySegment desc = ZeLayouts.DEVICE_MEMORY_DESC.in(arena);
            int status = (int) ze.allocDevice.invokeExact(context, desc, bytes, ALIGN, device, out);
            if (status == Ze.OUT_OF_DEVICE_MEMORY || status == Ze.OUT_OF_HOST_MEMORY || status == Ze.UNSUPPORTED_SIZE) {
                throw new ZooException(
                        ErrorCode.OUT_OF_MEMORY,
                        "device " + name() + " has no memory left for " + bytes + " bytes: " + Ze.name(status)
                                + "; it gives at most " + properties.largestBlock() + " bytes at once");
            }
            Ze.check(status, "zeMemAllocDevice");
            return out.get(LONG, 0);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public void free(long address) {
        try {
            Ze.check((int) ze.free.invokeExact(context, address), "zeMemFree");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public Program load(byte[] code, String file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment desc = ZeLayouts.MODULE_DESC.in(arena);
            ZeLayouts.MODULE_DESC
                    .set(desc, "format", FORMAT_SPIRV)
                    .set(desc, "inputSize", (long) code.length)
                    .set(desc, "pInputModule", arena.allocateFrom(ValueLayout.JAVA_BYTE, code));
            if (properties.largestBlock() > FOUR_GIB) {
                ZeLayouts.MODULE_DESC.set(desc, "pBuildFlags", arena.allocateFrom(BUILD_FLAGS));
            }
            MemorySegment module = arena.allocate(POINTER);
            MemorySegment log = arena.allocate(POINTER);
            int status = (int) ze.createModule.invokeExact(context, device, desc, module, log);
            String said = status == Ze.SUCCESS ? "" : said(log.get(POINTER, 0), arena);
            if (log.get(POINTER, 0).address() != 0) {
                Ze.check((int) ze.destroyBuildLog.invokeExact(log.get(POINTER, 0)), "zeModuleBuildLogDestroy");
            }
            if (status != Ze.SUCCESS) {
                throw new ZooException(
                        ErrorCode.PLUGIN_FAILED,
                        "kernels " + file + " do not build on " + name() + ": " + Ze.name(status) + ": " + said);
            }
            MemorySegment made = module.get(POINTER, 0);
            return function -> new Kernel(kernel(made, function, file));
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** The compiler's words. */
    private String said(MemorySegment log, Arena arena) throws Throwable {
        if (log.address() == 0) {
            return "no build log";
        }
        MemorySegment size = arena.allocate(LONG);
        Ze.check((int) ze.buildLog.invokeExact(log, size, MemorySegment.NULL), "zeModuleBuildLogGetString");
        MemorySegment text = arena.allocate(size.get(LONG, 0) + 1);
        Ze.check((int) ze.buildLog.invokeExact(log, size, text), "zeModuleBuildLogGetString");
        String s = text.getString(0).strip();
        return s.isEmpty() ? "no build log" : s;
    }

    private MemorySegment kernel(MemorySegment module, String function, String file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment desc = ZeLayouts.KERNEL_DESC.in(arena);
            ZeLayouts.KERNEL_DESC.set(desc, "pKernelName", arena.allocateFrom(function));
            MemorySegment out = arena.allocate(POINTER);
            int status = (int) ze.createKernel.invokeExact(module, desc, out);
            Ze.check(status, "zeKernelCreate of " + function + " in " + file);
            return out.get(POINTER, 0);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    @Override
    public Stream stream() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment desc = ZeLayouts.QUEUE_DESC.in(arena);
            ZeLayouts.QUEUE_DESC.set(desc, "ordinal", properties.queueGroup()).set(desc, "mode", QUEUE_ASYNCHRONOUS);
            MemorySegment out = arena.allocate(POINTER);
            Ze.check((int) ze.createImmediate.invokeExact(context, device, desc, out), "zeCommandListCreateImmediate");
            return new LevelZeroStream(ze, out.get(POINTER, 0), context, events);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** Arguments are part of a kernel: whoever sets them and launches it holds its lock. */
    record Kernel(MemorySegment kernel) implements Function {}
}
