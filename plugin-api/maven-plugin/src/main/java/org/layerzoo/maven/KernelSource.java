package org.layerzoo.maven;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A GPU kernel source: C that compiles as CUDA C++ and as OpenCL C. Its first lines say how:
 *
 * <pre>
 * // variants: f32 f64 bf16 f16     once for each of these element types (required)
 * // only: ptx                      not for the other target
 * // arch: compute_80               PTX for this architecture instead of compute_75
 * </pre>
 */
record KernelSource(Path file, String name, List<String> variants, Optional<String> only, String arch) {
    private static final List<String> KNOWN =
            List.of("f32", "f64", "bf16", "f16", "i64", "i32", "u8", "u16", "u32", "u64");
    private static final String ANY_GPU = "compute_75";

    /** Every source below {@code folder}; none when there is no such folder. */
    static List<KernelSource> in(Path folder) {
        return filesIn(folder, ".c").map(KernelSource::of).toList();
    }

    /** The files below {@code folder} with that ending, by path. */
    static Stream<Path> filesIn(Path folder, String ending) {
        if (!Files.isDirectory(folder)) {
            return Stream.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(f -> f.toString().endsWith(ending)).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static KernelSource of(Path file) {
        String name = file.getFileName().toString().replaceAll("\\.c$", "");
        List<String> variants = value(file, "variants")
                .map(v -> List.of(v.split("\\s+")))
                .orElseThrow(
                        () -> new BuildException(
                                file
                                        + ": the first line must name the element types it is compiled for, e.g. '// variants: f32 f64'"));
        for (String v : variants) {
            if (!KNOWN.contains(v)) {
                throw new BuildException(file + ": unknown variant '" + v + "': expected some of " + KNOWN);
            }
        }
        return new KernelSource(
                file, name, variants, value(file, "only"), value(file, "arch").orElse(ANY_GPU));
    }

    private static Optional<String> value(Path file, String key) {
        String start = "// " + key + ":";
        try (Stream<String> lines = Files.lines(file)) {
            return lines.takeWhile(l -> l.startsWith("//"))
                    .filter(l -> l.startsWith(start))
                    .map(l -> l.substring(start.length()).strip())
                    .findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The headers below {@code folder} that this source includes, also by way of other headers, by path. */
    List<Path> headers(Path folder) {
        List<Path> all = filesIn(folder, ".h").toList();
        Set<Path> found = new TreeSet<>();
        addIncluded(file, all, found);
        return List.copyOf(found);
    }

    private static void addIncluded(Path from, List<Path> all, Set<Path> found) {
        List<String> names;
        try (Stream<String> lines = Files.lines(from)) {
            names = lines.filter(l -> l.startsWith("#include \""))
                    .map(l -> l.split("\"")[1])
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        all.stream()
                .filter(h -> names.contains(h.getFileName().toString()) && found.add(h))
                .forEach(h -> addIncluded(h, all, found));
    }

    boolean isFor(String ending) {
        return only.isEmpty() || only.get().equals(ending);
    }

    /** The compiled files: name.variant.ptx and .spv. */
    List<String> outputs() {
        return variants.stream()
                .flatMap(v -> Stream.of("ptx", "spv").filter(this::isFor).map(e -> name + "." + v + "." + e))
                .toList();
    }
}
