package org.layerzoo.oneapi.opencl;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/** Turns SPIR-V back into LLVM's SPIR for drivers that take only that, by the tool {@code llvm-spirv}. */
record SpirTranslator(Path tool) {
    private static final List<String> NAMES = List.of("llvm-spirv-15", "llvm-spirv");
    private static final long SECONDS = 60;

    static Optional<SpirTranslator> find() {
        String path = System.getenv().getOrDefault("PATH", "");
        for (String name : NAMES) {
            for (String folder : path.split(File.pathSeparator)) {
                Path tool = Path.of(folder.isEmpty() ? "." : folder, name);
                if (Files.isExecutable(tool)) {
                    return Optional.of(new SpirTranslator(tool));
                }
            }
        }
        return Optional.empty();
    }

    byte[] translate(byte[] spirV, String file) {
        try {
            Path folder = Files.createTempDirectory("layerzoo-spir");
            try {
                return translate(Files.write(folder.resolve("in.spv"), spirV), folder.resolve("out.bc"), file);
            } finally {
                Files.deleteIfExists(folder.resolve("in.spv"));
                Files.deleteIfExists(folder.resolve("out.bc"));
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot translate kernels " + file + " with " + tool, e);
        }
    }

    private byte[] translate(Path in, Path out, String file) throws IOException {
        Process p = new ProcessBuilder(tool.toString(), "-r", in.toString(), "-o", out.toString())
                .redirectErrorStream(true)
                .start();
        try {
            String said = new String(p.getInputStream().readAllBytes()).strip();
            if (!p.waitFor(SECONDS, TimeUnit.SECONDS) || p.exitValue() != 0) {
                throw new ZooException(
                        ErrorCode.PLUGIN_FAILED, tool + " does not translate kernels " + file + ": " + said);
            }
            return Files.readAllBytes(out);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ZooException(ErrorCode.CANCELLED, "interrupted while " + tool + " translated kernels " + file);
        } finally {
            p.destroyForcibly();
        }
    }
}
