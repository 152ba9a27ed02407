package org.layerzoo.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The CUDA driver of these tests: compiles {@code cuda_shim.c} and {@code cublaslt_shim.c} to the file that the backend is told to load, and turns its knobs. */
final class CudaShim {
    private static final Path SOURCES = Path.of("src/test/c");
    /** Read from where they are checked in: the shim finds a kernel's SPIR-V beside its PTX. */
    private static final Path KERNELS =
            Path.of("../accelerator-backends/kernels/src/main/resources/META-INF/layerzoo/kernels");

    private static final SymbolLookup SYMBOLS = SymbolLookup.libraryLookup(compiled(), Arena.global());

    static {
        call("shim_kernels", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS), KERNELS.toString());
    }

    private CudaShim() {}

    private static Path compiled() {
        Path library = Path.of("target", "libcuda-shim.so").toAbsolutePath();
        System.setProperty("layerzoo.cuda.library", library.toString());
        System.setProperty("layerzoo.cublaslt.library", library.toString());
        List<String> command = List.of(
                "gcc",
                "-shared",
                "-fPIC",
                "-O1",
                "-o",
                library.toString(),
                SOURCES.resolve("cuda_shim.c").toString(),
                SOURCES.resolve("cublaslt_shim.c").toString(),
                "-l:libOpenCL.so.1",
                "-lm",
                "-lpthread");
        try {
            Files.createDirectories(library.getParent());
            Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(p.getInputStream().readAllBytes());
            if (p.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + " failed: " + said);
            }
            return library;
        } catch (IOException e) {
            throw new UncheckedIOException("the compiler gcc is needed by these tests", e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object call(String function, FunctionDescriptor type, String text, Object... more) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment symbol = SYMBOLS.find(function).orElseThrow();
            Object[] arguments = new Object[1 + more.length];
            arguments[0] = arena.allocateFrom(text);
            System.arraycopy(more, 0, arguments, 1, more.length);
            return Linker.nativeLinker().downcallHandle(symbol, type).invokeWithArguments(arguments);
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    /** Matrix products that the library has computed. */
    static long products() {
        return SYMBOLS.find("shim_products")
                .orElseThrow()
                .reinterpret(Long.BYTES)
                .get(ValueLayout.JAVA_LONG, 0);
    }

    static long get(String knob) {
        return (long) call("shim_get", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS), knob);
    }

    /** Runs {@code body} with a knob turned, and turns it back. */
    static void with(String knob, long value, Runnable body) {
        long before = get(knob);
        set(knob, value);
        try {
            body.run();
        } finally {
            set(knob, before);
        }
    }

    private static void set(String knob, long value) {
        call("shim_set", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG), knob, value);
    }
}
