package org.layerzoo.maven;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Turns the papers of a module into jars. */
final class Packager {
    private static final String PACKAGED_LIST = "packaged.txt";

    private final Path output;
    private final SpiRange spi;
    private final Describer describer;

    /** Makes the plugin.json of a jar that has none yet. */
    interface Describer {
        byte[] describe(Paper paper, Path jarWithoutDescription);
    }

    Packager(Path output, SpiRange spi, Describer describer) {
        this.output = output;
        this.spi = spi;
        this.describer = describer;
    }

    /** Writes one jar a paper into the output folder, removes jars of earlier runs, and returns the new ones. */
    List<Path> pack(List<Paper> papers) {
        List<Path> jars = new ArrayList<>();
        for (Paper paper : papers) {
            Path bare = workFolder().resolve(paper.jarName());
            PluginJar jar = new PluginJar(paper, spi);
            jar.write(bare);
            byte[] description = describer.describe(paper, bare);
            Path complete = output.resolve(paper.jarName());
            jar.write(complete, description);
            jars.add(complete);
        }
        deleteOthers(jars);
        return jars;
    }

    Path workFolder() {
        return output.resolve("work");
    }

    private void deleteOthers(List<Path> keep) {
        for (Path file : jarsIn(output)) {
            if (!keep.contains(file)) {
                delete(file);
            }
        }
    }

    /** The plugin jars of a folder in order of their names. */
    static List<Path> jarsIn(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Copies the jars to the folder a registry watches. Each appears there complete or not at all, an unchanged one keeps its time, and
     * what this module put there before and makes no longer is removed.
     */
    void publish(List<Path> jars, Path folder, String module) {
        Path list = folder.resolve("." + module + "." + PACKAGED_LIST);
        try {
            Files.createDirectories(folder);
            List<String> before = Files.exists(list) ? Files.readAllLines(list) : List.of();
            List<String> now =
                    jars.stream().map(jar -> jar.getFileName().toString()).toList();
            for (Path jar : jars) {
                copy(jar, folder.resolve(jar.getFileName()));
            }
            before.stream().filter(name -> !now.contains(name)).forEach(name -> delete(folder.resolve(name)));
            if (now.isEmpty()) {
                Files.deleteIfExists(list);
            } else {
                Files.write(list, now);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot copy plugins to " + folder + ": " + e.getMessage(), e);
        }
    }

    private static void copy(Path jar, Path target) throws IOException {
        if (Files.exists(target) && Files.mismatch(jar, target) < 0) {
            return;
        }
        Path partial = target.resolveSibling("." + target.getFileName() + ".part");
        Files.copy(jar, partial, StandardCopyOption.REPLACE_EXISTING);
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot remove " + file + ", which is no longer built: " + e.getMessage(), e);
        }
    }

    /** A result that was stored under this key by an earlier build. */
    static Optional<byte[]> recall(Path file, String key) {
        Path keyFile = keyFile(file);
        try {
            return Files.exists(file)
                            && Files.exists(keyFile)
                            && Files.readString(keyFile).equals(key)
                    ? Optional.of(Files.readAllBytes(file))
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Marks the file as made from what the key stands for. */
    static void remember(Path file, String key) {
        try {
            Files.writeString(keyFile(file), key);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path keyFile(Path file) {
        return file.resolveSibling(file.getFileName() + ".key");
    }
}
