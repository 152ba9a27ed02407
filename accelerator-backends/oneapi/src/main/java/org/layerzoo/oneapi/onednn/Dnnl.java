package org.layerzoo.oneapi.onednn;

import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.LONG;
import static org.layerzoo.kernels.device.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.kernels.device.Native;

/** The functions of oneDNN 3's C API that we call, and the numbers of its enumerations. */
final class Dnnl {
    static final int SUCCESS = 0;
    static final int OUT_OF_MEMORY = 1;

    static final int SRC = 1;
    static final int DST = 17;
    static final int WEIGHTS = 33;
    static final int BIAS = 41;
    static final int SCALE = 51;
    static final int SHIFT = 52;

    static final int FORWARD_INFERENCE = 96;
    static final int CONVOLUTION_AUTO = 3;
    static final int QUERY_SRC = 129;
    static final int QUERY_WEIGHTS = 131;
    static final int QUERY_DST = 133;

    private static final int QUERY_IMPLEMENTATION = 8;
    private static final int CPU = 1;
    private static final int STREAM_IN_ORDER = 1;

    final MethodHandle describe;
    final MethodHandle describeTag;
    final MethodHandle sizeOf;
    final MethodHandle equal;
    final MethodHandle destroyDescription;
    final MethodHandle blob;
    final MethodHandle createMemory;
    final MethodHandle pointMemory;
    final MethodHandle createPrimitive;
    final MethodHandle execute;
    final MethodHandle destroyMemory;
    final MethodHandle destroyPrimitive;
    final MethodHandle destroyPlan;
    private final MethodHandle ompThreads;
    final Plans plans;
    final MemorySegment engine;

    private final MethodHandle query;
    private final MethodHandle createStream;
    private final Native lib;
    private final ThreadLocal<MemorySegment> streams = ThreadLocal.withInitial(this::stream);

    private Dnnl(Native lib) {
        this.lib = lib;
        plans = new Plans(lib);
        describe = lib.status("dnnl_memory_desc_create_with_strides", POINTER, INT, POINTER, INT, POINTER);
        describeTag = lib.status("dnnl_memory_desc_create_with_tag", POINTER, INT, POINTER, INT, INT);
        sizeOf = lib.number("dnnl_memory_desc_get_size", POINTER);
        equal = lib.status("dnnl_memory_desc_equal", POINTER, POINTER);
        destroyDescription = lib.status("dnnl_memory_desc_destroy", POINTER);
        blob = lib.status("dnnl_memory_desc_get_blob", POINTER, POINTER, POINTER);
        createMemory = lib.status("dnnl_memory_create", POINTER, POINTER, POINTER, LONG);
        pointMemory = lib.status("dnnl_memory_set_data_handle", POINTER, POINTER);
        createPrimitive = lib.status("dnnl_primitive_create", POINTER, POINTER);
        execute = lib.status("dnnl_primitive_execute", POINTER, POINTER, INT, POINTER);
        destroyMemory = lib.status("dnnl_memory_destroy", POINTER);
        destroyPrimitive = lib.status("dnnl_primitive_destroy", POINTER);
        destroyPlan = lib.status("dnnl_primitive_desc_destroy", POINTER);
        query = lib.status("dnnl_primitive_desc_query", POINTER, INT, INT, POINTER);
        createStream = lib.status("dnnl_stream_create", POINTER, POINTER, INT);
        ompThreads = lib.nothing("omp_set_num_threads", INT);
        engine = made("dnnl_engine_create", out ->
                (int) lib.status("dnnl_engine_create", POINTER, INT, LONG).invokeExact(out, CPU, 0L));
    }

    /** Opens a library that {@link OneDnn} has found to be of version 3. */
    static Dnnl of(Native lib) {
        return new Dnnl(lib);
    }

    String file() {
        return lib.file();
    }

    /** "3.11.0"; empty if the library does not say. */
    static Optional<String> version(Native lib) {
        if (!lib.has("dnnl_version")) {
            return Optional.empty();
        }
        try {
            MemorySegment v =
                    ((MemorySegment) lib.pointer("dnnl_version").invokeExact()).reinterpret(3L * Integer.BYTES);
            return Optional.of(v.getAtIndex(INT, 0) + "." + v.getAtIndex(INT, 1) + "." + v.getAtIndex(INT, 2));
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** Sets a variable that libraries read when they are loaded. */
    static void environment(String name, String value) {
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle setenv = Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow("setenv"),
                            java.lang.foreign.FunctionDescriptor.of(INT, POINTER, POINTER, INT));
            // The last argument: leave what the user has set.
            int status = (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 0);
            if (status != 0) {
                throw new IllegalStateException("setenv answers " + status);
            }
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private MemorySegment stream() {
        return made("dnnl_stream_create", out -> (int) createStream.invokeExact(out, engine, STREAM_IN_ORDER));
    }

    /** For the calling thread's next calls: plans are made for a number of threads. */
    void threads(int n) {
        try {
            ompThreads.invokeExact(n);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** This thread's stream; work on it is done when a call returns. */
    MemorySegment ownStream() {
        return streams.get();
    }

    /** A call that writes a handle. */
    interface Maker {
        int into(MemorySegment out) throws Throwable;
    }

    MemorySegment made(String call, Maker maker) {
        return tried(maker).orElseThrow(status -> failed(status, call));
    }

    /** A handle, or the status that says why there is none. */
    Tried tried(Maker maker) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(POINTER);
            int status = maker.into(out);
            return new Tried(status, out.get(POINTER, 0));
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    record Tried(int status, MemorySegment handle) {
        boolean worked() {
            return status == SUCCESS;
        }

        MemorySegment orElseThrow(java.util.function.IntFunction<RuntimeException> error) {
            if (!worked()) {
                throw error.apply(status);
            }
            return handle;
        }
    }

    /** A description that a plan has chosen; it lives as long as the plan. */
    MemorySegment chosen(MemorySegment plan, int what) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(POINTER);
            check((int) query.invokeExact(plan, what, 0, out), "dnnl_primitive_desc_query");
            return out.get(POINTER, 0);
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** How the library will do it, e.g. "brg_matmul:avx10_1_512_amx". */
    String implementation(MemorySegment plan) {
        return chosen(plan, QUERY_IMPLEMENTATION).reinterpret(256).getString(0);
    }

    static void check(int status, String call) {
        if (status != SUCCESS) {
            throw failed(status, call);
        }
    }

    static ZooException failed(int status, String call) {
        ErrorCode code = status == OUT_OF_MEMORY ? ErrorCode.OUT_OF_MEMORY : ErrorCode.PLUGIN_FAILED;
        return new ZooException(code, "oneDNN: " + call + " answers " + name(status));
    }

    static String name(int status) {
        return switch (status) {
            case OUT_OF_MEMORY -> "out of memory";
            case 2 -> "invalid arguments";
            case 3 -> "unimplemented";
            case 4 -> "last implementation reached";
            case 5 -> "runtime error";
            default -> "error " + status;
        };
    }

    /** The library's number of a type; 0 where it has none. */
    static int type(DType t) {
        return switch (t) {
            case F16 -> 1;
            case BF16 -> 2;
            case F32 -> 3;
            default -> 0;
        };
    }
}
