package org.layerzoo.runner.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The processor as the operating system names it. */
public final class Hardware {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final List<String> FEATURES =
            List.of("avx2", "fma", "avx512f", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "asimd", "sve");

    private Hardware() {}

    public static String cpu() {
        return cpuLine("model name").orElse(System.getProperty("os.arch"));
    }

    /** Vector and matrix extensions that matter here. */
    public static List<String> features() {
        List<String> flags = cpuLine("flags")
                .or(() -> cpuLine("Features"))
                .map(l -> List.of(l.split("\\s+")))
                .orElse(List.of());
        return FEATURES.stream().filter(flags::contains).toList();
    }

    /** Processors of the machine, also where this JVM sees fewer. */
    public static int cores() {
        if (Files.isReadable(CPU_INFO)) {
            try (Stream<String> lines = Files.lines(CPU_INFO)) {
                int n = (int) lines.filter(l -> l.startsWith("processor")).count();
                return n > 0 ? n : Runtime.getRuntime().availableProcessors();
            } catch (IOException _) {
                return Runtime.getRuntime().availableProcessors();
            }
        }
        return Runtime.getRuntime().availableProcessors();
    }

    private static Optional<String> cpuLine(String name) {
        if (!Files.isReadable(CPU_INFO)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(CPU_INFO)) {
            return lines.filter(l -> l.startsWith(name)).findFirst().map(l -> l.substring(l.indexOf(':') + 1)
                    .strip());
        } catch (IOException _) {
            return Optional.empty(); // as on systems without the file
        }
    }
}
