package org.layerzoo.gputests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.kernels.device.Device;
import org.layerzoo.oneapi.OneApiBackend;
import org.layerzoo.oneapi.levelzero.LevelZero;

/** The Level Zero library of src/test/c, compiled by gcc, put in the loader's place. */
final class LevelZeroShim {
    private static final String PROPERTY = "layerzoo.levelzero.library";
    private static final Path SOURCE = Path.of("src/test/c/ze_shim.c").toAbsolutePath();
    private static final Map<List<String>, Path> BUILT = new ConcurrentHashMap<>();

    private LevelZeroShim() {}

    /** What {@code look} finds on a machine whose Level Zero is the shim, compiled with such faults. */
    static <T> T with(List<String> faults, Supplier<T> look) {
        return withLibrary(BUILT.computeIfAbsent(faults, LevelZeroShim::compile).toString(), look);
    }

    static <T> T withLibrary(String library, Supplier<T> look) {
        System.setProperty(PROPERTY, library);
        try {
            return look.get();
        } finally {
            System.clearProperty(PROPERTY);
        }
    }

    /** A backend that has looked at the machine with the shim. */
    static Backend backend(String... faults) {
        return with(List.of(faults), () -> {
            Backend b = new OneApiBackend();
            b.availability();
            return b;
        });
    }

    static Device device(String... faults) {
        return with(List.of(faults), LevelZero::look)
                .devices()
                .getFirst()
                .opener()
                .get();
    }

    private static Path compile(List<String> faults) {
        try {
            Path out = Files.createDirectories(Path.of("target/ze-shim").toAbsolutePath())
                    .resolve("libze_shim" + BUILT.size() + ".so");
            List<String> command = new ArrayList<>(List.of("gcc", "-shared", "-fPIC", "-O1", "-Wall"));
            command.addAll(faults);
            command.addAll(List.of("-o", out.toString(), SOURCE.toString(), "-l:libOpenCL.so.1", "-lpthread"));
            Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(p.getInputStream().readAllBytes());
            if (p.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + said);
            }
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException("gcc is needed to compile " + SOURCE, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
