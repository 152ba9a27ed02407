package org.layerzoo.cuda.blas;

import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.kernels.device.Native;

/** The functions of cuBLASLt that we call, versions 11 to 13. Handles and pointers are plain longs. */
final class Lt {
    static final int SUCCESS = 0;
    static final int TRANSPOSE_A = 3;
    static final int TRANSPOSE_B = 4;
    static final int EPILOGUE = 7;
    static final int BIAS_POINTER = 8;
    static final int BATCH_COUNT = 5;
    static final int BATCH_STRIDE = 6;
    static final int MOST_WORKSPACE = 1;
    static final int REDUCTIONS = 3;
    static final int ALIGNMENT_A = 5;
    /** Parts of split sums are added in the type of arithmetic, in a fixed order. */
    static final int IN_COMPUTE_TYPE = 2;
    /** {@code cublasLtMatmulHeuristicResult_t}: the algorithm (64 bytes), its workspace (8), its state (4) and 20 bytes more. */
    static final int RESULT_BYTES = 96;

    static final int RESULT_WORKSPACE = 64;
    static final int RESULT_STATE = 72;

    /** Another library than the system's, for tests and to do without it. */
    private static final String LIBRARY = "layerzoo.cublaslt.library";

    private static final List<Integer> VERSIONS = List.of(13, 12, 11);

    final MethodHandle create;
    final MethodHandle descriptor;
    final MethodHandle descriptorSet;
    final MethodHandle layout;
    final MethodHandle layoutSet;
    final MethodHandle preference;
    final MethodHandle preferenceSet;
    final MethodHandle preferenceDestroy;
    final MethodHandle heuristic;
    final MethodHandle matmul;
    private final MethodHandle version;
    private final String file;

    private Lt(Native lib) {
        file = lib.file();
        version = lib.number("cublasLtGetVersion");
        create = lib.status("cublasLtCreate", LONG);
        descriptor = lib.status("cublasLtMatmulDescCreate", LONG, INT, INT);
        descriptorSet = lib.status("cublasLtMatmulDescSetAttribute", LONG, INT, LONG, LONG);
        layout = lib.status("cublasLtMatrixLayoutCreate", LONG, INT, LONG, LONG, LONG);
        layoutSet = lib.status("cublasLtMatrixLayoutSetAttribute", LONG, INT, LONG, LONG);
        preference = lib.status("cublasLtMatmulPreferenceCreate", LONG);
        preferenceSet = lib.status("cublasLtMatmulPreferenceSetAttribute", LONG, INT, LONG, LONG);
        preferenceDestroy = lib.status("cublasLtMatmulPreferenceDestroy", LONG);
        heuristic =
                lib.status("cublasLtMatmulAlgoGetHeuristic", LONG, LONG, LONG, LONG, LONG, LONG, LONG, INT, LONG, LONG);
        matmul = lib.status(
                "cublasLtMatmul",
                LONG,
                LONG,
                LONG,
                LONG,
                LONG,
                LONG,
                LONG,
                LONG,
                LONG,
                LONG,
                LONG,
                LONG,
                LONG,
                LONG,
                LONG,
                LONG);
    }

    /** All versions on this machine, the newest first; each is loaded when the stream comes to it. */
    static Stream<Lt> found() {
        return files().flatMap(f -> Native.open(List.of(f)).stream()).flatMap(Lt::of);
    }

    private static Stream<Lt> of(Native lib) {
        try {
            return Stream.of(new Lt(lib));
        } catch (Native.MissingFunction tooOld) {
            return Stream.empty();
        }
    }

    private static Stream<String> files() {
        String own = System.getProperty(LIBRARY, "");
        if (!own.isEmpty()) {
            return Stream.of(own);
        }
        List<String> folders = new ArrayList<>(List.of(""));
        for (String home : List.of("CUDA_HOME", "CUDA_PATH")) {
            Optional.ofNullable(System.getenv(home))
                    .ifPresent(h -> folders.addAll(List.of(h + "/lib64/", h + "/bin/", h + "/bin/x64/")));
        }
        folders.add("/usr/local/cuda/lib64/");
        return VERSIONS.stream()
                .flatMap(v -> Stream.of("libcublasLt.so." + v, "cublasLt64_" + v + ".dll"))
                .flatMap(name -> folders.stream().map(f -> f + name));
    }

    String file() {
        return file;
    }

    /** As major.minor.patch. */
    String version() {
        try {
            long v = (long) version.invokeExact();
            // 120801 is 12.8.1.
            return v / 10000 + "." + v % 10000 / 100 + "." + v % 100;
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    static void check(int status, String call) {
        if (status != SUCCESS) {
            throw new ZooException(ErrorCode.PLUGIN_FAILED, call + " of cuBLASLt failed with status " + status);
        }
    }

    /** A handle in the context that is current; empty where the driver is too old for this version of the library. */
    Optional<Long> handle() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            return (int) create.invokeExact(out.address()) == SUCCESS
                    ? Optional.of(out.get(LONG, 0))
                    : Optional.empty();
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }
}
