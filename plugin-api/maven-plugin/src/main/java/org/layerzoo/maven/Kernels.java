package org.layerzoo.maven;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The kernels of a module: sources below one folder, compiled files in another, and beside them a file
 * {@code name.sha256} a source. That digest is over the source, the headers that it includes and the recipe, so it changes whenever the
 * compiled files would.
 */
final class Kernels {
    private static final String DIGEST = ".sha256";
    /** Changed when the compilers are called in another way. */
    private static final String RECIPE = "1";

    private final Path sources;
    private final Path compiled;
    private final List<KernelSource> all;

    Kernels(Path sources, Path compiled) {
        this.sources = sources;
        this.compiled = compiled;
        this.all = KernelSource.in(sources);
        Set<String> names = new HashSet<>();
        for (KernelSource s : all) {
            if (!names.add(s.name())) {
                throw new BuildException(
                        "two kernel sources are named " + s.name() + ".c: compiled files share one folder");
            }
        }
    }

    /** What is wrong with the compiled files, a line each; empty when they are what the sources give. */
    List<String> stale() {
        List<String> out = new ArrayList<>();
        Set<String> expected = new HashSet<>();
        for (KernelSource s : all) {
            expected.add(s.name() + DIGEST);
            expected.addAll(s.outputs());
            if (!isCurrent(s)) {
                out.add(sources.relativize(s.file()) + " (or a header) has changed since it was compiled");
            }
            s.outputs().stream()
                    .filter(o -> !Files.exists(compiled.resolve(o)))
                    .forEach(o -> out.add(o + " is missing"));
        }
        outputs().filter(o -> !expected.contains(o)).forEach(o -> out.add(o + " has no source"));
        return out;
    }

    private Stream<String> outputs() {
        return Stream.of(".ptx", ".spv", DIGEST)
                .flatMap(e -> KernelSource.filesIn(compiled, e))
                .map(f -> f.getFileName().toString());
    }

    /** Compiles what is stale and removes what has no source. */
    void compile(Map<String, String> environment, Consumer<String> log) {
        try {
            Files.createDirectories(compiled);
            Path headers = Files.createTempDirectory("layerzoo-kernels");
            try {
                Files.writeString(headers.resolve("zoo.h"), header());
                compile(new KernelCompiler(headers, folders(), environment), log);
            } finally {
                Files.deleteIfExists(headers.resolve("zoo.h"));
                Files.deleteIfExists(headers);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void compile(KernelCompiler compiler, Consumer<String> log) throws IOException {
        Set<String> expected = new HashSet<>();
        for (KernelSource s : all) {
            expected.add(s.name() + DIGEST);
            expected.addAll(s.outputs());
            boolean there = s.outputs().stream().allMatch(o -> Files.exists(compiled.resolve(o)));
            if (!there || !isCurrent(s)) {
                log.accept("compiling " + sources.relativize(s.file()) + " for " + s.variants());
                s.outputs().forEach(o -> compiler.compile(s, o, compiled));
                Files.writeString(compiled.resolve(s.name() + DIGEST), digest(s) + "\n");
            }
        }
        for (String o : outputs().filter(o -> !expected.contains(o)).toList()) {
            log.accept("removing " + o + ", which has no source");
            Files.delete(compiled.resolve(o));
        }
    }

    private boolean isCurrent(KernelSource s) {
        Path file = compiled.resolve(s.name() + DIGEST);
        return Files.exists(file) && read(file).strip().equals(digest(s));
    }

    private List<Path> folders() {
        return KernelSource.filesIn(sources, ".h")
                .map(Path::getParent)
                .distinct()
                .toList();
    }

    private String digest(KernelSource s) {
        StringBuilder text = new StringBuilder(RECIPE).append(s.variants()).append(header());
        s.headers(sources).forEach(h -> text.append(read(h)));
        return Digest.of(text.append(read(s.file())).toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String header() {
        return KernelCompiler.header().orElseThrow(() -> new BuildException("this plugin lacks its header zoo.h"));
    }

    private static String read(Path p) {
        try {
            return Files.readString(p);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
