package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Where things lie: ZOO_HOME (default ~/.layerzoo) and, when the launcher started us, the checkout. */
final class ZooHome {
    private ZooHome() {}

    static Path folder() {
        return Optional.ofNullable(System.getProperty("zoo.home"))
                .or(() -> Optional.ofNullable(System.getenv("ZOO_HOME")))
                .filter(s -> !s.isBlank())
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".layerzoo"))
                .toAbsolutePath();
    }

    /** The checkout that the launcher belongs to. */
    static Optional<Path> checkout() {
        return Optional.ofNullable(System.getProperty("zoo.root")).map(Path::of);
    }

    /**
     * Folders searched for plugins, in order: the given ones, those of ZOO_HOME, those of the build.
     *
     * @throws CommandFailure exit 2 when a given one is no folder
     */
    static List<Path> pluginFolders(List<Path> given) {
        List<Path> out = new ArrayList<>();
        for (Path folder : given) {
            if (!Files.isDirectory(folder)) {
                throw CommandFailure.badInput("--plugins: expected a folder, given '" + folder + "'");
            }
            out.add(folder.toAbsolutePath().normalize());
        }
        out.add(folder().resolve("plugins"));
        checkout().ifPresent(root -> out.add(root.resolve("build/plugins")));
        return out;
    }

    /** Jars with other libraries to measure beside ours: those of the first of ZOO_HOME and the build that has some. */
    static List<Path> peerJars() {
        List<Path> places = new ArrayList<>(List.of(folder().resolve("peers")));
        checkout().ifPresent(root -> places.add(root.resolve("build/peers")));
        return places.stream()
                .map(ZooHome::jars)
                .filter(jars -> !jars.isEmpty())
                .findFirst()
                .orElse(List.of());
    }

    private static List<Path> jars(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".jar")).sorted().toList();
        } catch (IOException e) {
            throw CommandFailure.cannotRun("cannot read " + folder + ": " + e.getMessage(), e);
        }
    }
}
