package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The project of {@code zoo new} builds with Maven on every Java from 17 on that this machine has, far from the checkout. */
@Tag("long")
class ScaffoldBuildTest {
    @TempDir
    Path folder;

    private static Path root() {
        return Path.of(System.getProperty("zoo.root", "..")).toAbsolutePath().normalize();
    }

    /** JDKs by major version: the one that runs this test, and those of the system. */
    private static Map<Integer, Path> jdks() throws IOException {
        Map<Integer, Path> out = new TreeMap<>();
        Path system = Path.of("/usr/lib/jvm");
        if (Files.isDirectory(system)) {
            try (Stream<Path> homes = Files.list(system)) {
                for (Path home : homes.filter(h -> Files.isExecutable(h.resolve("bin/javac")))
                        .toList()) {
                    String release =
                            Files.exists(home.resolve("release")) ? Files.readString(home.resolve("release")) : "";
                    int major = major(release);
                    if (major >= 17) {
                        out.putIfAbsent(major, home);
                    }
                }
            }
        }
        out.put(Runtime.version().feature(), Path.of(System.getProperty("java.home")));
        return out;
    }

    private static int major(String release) {
        return release.lines()
                .filter(l -> l.startsWith("JAVA_VERSION="))
                .map(l -> l.replaceFirst("JAVA_VERSION=\"?(\\d+).*", "$1"))
                .mapToInt(Integer::parseInt)
                .findFirst()
                .orElse(0);
    }

    @Test
    void theProjectBuildsAndPassesLevelOneOnEveryJava() throws Exception {
        Path sdk = root().resolve("build/sdk-repo");
        assertTrue(Files.isDirectory(sdk), sdk + " is missing: ./zoo builds it");
        for (Map.Entry<Integer, Path> jdk : jdks().entrySet()) {
            Path project = folder.resolve("java" + jdk.getKey()).resolve("my-mixer");
            String[] command = {"new", "my-mixer", "--family", "linear-attention", "--dir", project.toString()};
            Cli.Said said =
                    Cli.in(folder).bare(with(command, "--sdk", sdk.toUri().toString()));
            assertEquals(0, said.exit(), said.err());
            String log = maven(project, jdk.getValue());
            assertTrue(log.contains("BUILD SUCCESS"), "Java " + jdk.getKey() + ":\n" + log);
            assertTrue(log.matches("(?s).*my-mixer: [1-9]\\d* passed, 0 failed, level [12].*"), log);
            assertTrue(Files.exists(project.resolve("target/plugins/my-mixer-0.1.0.jar")));
        }
    }

    private static String[] with(String[] command, String... more) {
        return Stream.concat(Stream.of(command), Stream.of(more)).toArray(String[]::new);
    }

    /** With the libraries at hand, but nothing kept of what this build fetches. */
    private String maven(Path project, Path jdk) throws IOException, InterruptedException {
        String tail = root().resolve(".m2") + "," + Path.of(System.getProperty("user.home"), ".m2", "repository");
        Path log = folder.resolve("maven.log");
        ProcessBuilder maven = new ProcessBuilder(List.of(
                        root().resolve("mvnw").toString(),
                        "-B",
                        "-ntp",
                        "-Dmaven.repo.local=" + folder.resolve("repository"),
                        "-Dmaven.repo.local.tail=" + tail,
                        "verify"))
                .directory(project.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        maven.environment().put("JAVA_HOME", jdk.toString());
        maven.environment().remove("ZOO_JAVA_HOME");
        maven.start().waitFor();
        return Files.readString(log);
    }
}
