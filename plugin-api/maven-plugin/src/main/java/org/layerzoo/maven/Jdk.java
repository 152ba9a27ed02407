package org.layerzoo.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/** A JDK on this machine, found in the places where the launcher looks. */
record Jdk(Path home, int version) {
    static final int REQUIRED = 25;

    private static final List<Path> SYSTEM_FOLDERS =
            List.of(Path.of("/usr/lib/jvm"), Path.of("/Library/Java/JavaVirtualMachines"));

    Path java() {
        return home.resolve("bin/java");
    }

    /**
     * The first JDK that is new enough, in the launcher's order: ZOO_JAVA_HOME, JAVA_HOME, the JVM that runs Maven, PATH,
     * system folders, SDKMAN, ~/.jdks.
     *
     * @throws BuildException when there is none; the message lists what was found instead
     */
    static Jdk find(Map<String, String> environment, Properties system) {
        return find(environment, system, SYSTEM_FOLDERS);
    }

    static Jdk find(Map<String, String> environment, Properties system, List<Path> systemFolders) {
        List<String> seen = new ArrayList<>();
        for (Path home : candidates(environment, system, systemFolders)) {
            Optional<Jdk> jdk = read(home);
            if (jdk.isPresent() && jdk.get().version() >= REQUIRED) {
                return jdk.get();
            }
            jdk.ifPresent(old -> seen.add(old.home() + " (" + old.version() + ")"));
        }
        throw new BuildException("no JDK " + REQUIRED + " or newer found; set JAVA_HOME or ZOO_JAVA_HOME to one"
                + (seen.isEmpty() ? "" : "; found only " + String.join(", ", seen)));
    }

    private static List<Path> candidates(Map<String, String> environment, Properties system, List<Path> systemFolders) {
        List<Path> homes = new ArrayList<>();
        Stream.of("ZOO_JAVA_HOME", "JAVA_HOME")
                .map(environment::get)
                .filter(value -> value != null && !value.isBlank())
                .forEach(value -> homes.add(Path.of(value)));
        Optional.ofNullable(system.getProperty("java.home")).ifPresent(value -> homes.add(Path.of(value)));
        Optional.ofNullable(environment.get("PATH")).ifPresent(path -> homes.addAll(onPath(path)));
        for (Path folder : systemFolders) {
            for (Path home : children(folder)) {
                homes.add(home);
                homes.add(home.resolve("Contents/Home")); // as macOS lays them out
            }
        }
        Optional.ofNullable(system.getProperty("user.home")).map(Path::of).ifPresent(user -> {
            homes.addAll(children(user.resolve(".sdkman/candidates/java")));
            homes.addAll(children(user.resolve(".jdks")));
        });
        return homes;
    }

    private static List<Path> onPath(String path) {
        List<Path> homes = new ArrayList<>();
        for (String folder : path.split(java.io.File.pathSeparator)) {
            Path java = Path.of(folder).resolve("java");
            if (Files.isExecutable(java)) {
                try {
                    homes.add(java.toRealPath().getParent().getParent());
                } catch (IOException e) {
                    continue; // a link that leads nowhere is no candidate
                }
            }
        }
        return homes;
    }

    private static List<Path> children(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static Optional<Jdk> read(Path home) {
        Path release = home.resolve("release");
        if (!Files.isReadable(release) || !Files.isExecutable(home.resolve("bin/java"))) {
            return Optional.empty();
        }
        Properties properties = new Properties();
        try (var reader = Files.newBufferedReader(release)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
        String version = properties.getProperty("JAVA_VERSION", "").replace("\"", "");
        String feature = version.split("[.+-]")[0];
        return feature.matches("\\d{1,4}") ? Optional.of(new Jdk(home, Integer.parseInt(feature))) : Optional.empty();
    }
}
