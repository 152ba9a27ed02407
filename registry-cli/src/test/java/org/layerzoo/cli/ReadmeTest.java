package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands that the README files and the guides show. */
class ReadmeTest {
    /** At the start of a line of an example: {@code ./zoo list} or {@code zoo list}, up to a remark or another command. */
    private static final Pattern COMMAND = Pattern.compile("^\\s*(?:\\./)?zoo ([a-z][^#|&`]*)");

    /** Quick enough to be run here; the others are parsed. */
    private static final Set<String> QUICK = Set.of("list", "info", "run");

    /** Done by the launcher. */
    private static final Set<String> LAUNCHER = Set.of("test", "peers");

    @TempDir
    Path folder;

    private static Path root() {
        return Path.of(System.getProperty("zoo.root", "..")).toAbsolutePath().normalize();
    }

    private static List<Path> texts() throws IOException {
        List<Path> out = new ArrayList<>(List.of(root().resolve("README.md"), root().resolve("CONTRIBUTING.md")));
        try (Stream<Path> docs = Files.list(root().resolve("docs"));
                Stream<Path> plugins = Files.walk(root().resolve("plugins"), 6)) {
            docs.filter(f -> f.toString().endsWith(".md")).sorted().forEach(out::add);
            plugins.filter(f -> f.toString().replace('\\', '/').matches(".*/src/main/resources/[^/]+/README\\.md"))
                    .sorted()
                    .forEach(out::add);
        }
        return out;
    }

    private static List<String> commands() throws IOException {
        List<String> out = new ArrayList<>();
        for (Path text : texts()) {
            for (String line : Files.readAllLines(text)) {
                Matcher m = COMMAND.matcher(line);
                if (m.find() && !LAUNCHER.contains(m.group(1).split("\\s+")[0])) {
                    out.add(m.group(1).strip());
                }
            }
        }
        return out.stream().distinct().toList();
    }

    /** Files of an example lie in the test's folder. */
    private String[] arguments(String command) {
        return Arrays.stream(command.split("\\s+"))
                .map(a -> a.matches("[\\w-]+\\.(safetensors|png|json)")
                        ? folder.resolve(a).toString()
                        : a)
                .toArray(String[]::new);
    }

    @Test
    void everyCommandOfTheDocumentsIsUnderstood() throws IOException {
        List<String> all = commands();
        assertTrue(all.size() > 30, all.toString());
        assertAll(all.stream().map(c -> (Executable)
                () -> assertDoesNotThrow(() -> new CommandLine(new ZooCommand()).parseArgs(arguments(c)), "zoo " + c)));
    }

    @Test
    void whatIsQuickRunsAsItIsShown() throws IOException {
        Path golden = Cli.golden("mamba", "layer-t21-n16.safetensors", folder);
        Files.copy(golden, folder.resolve("w.safetensors"));
        Files.copy(golden, folder.resolve("x.safetensors"));
        List<String> quick = commands().stream()
                .filter(c -> QUICK.contains(c.split("\\s+")[0]))
                .toList();
        assertTrue(quick.size() > 12, quick.toString());
        assertAll(quick.stream().map(c -> (Executable) () -> {
            Cli.Said said = Cli.in(folder).run(arguments(c));
            assertEquals(0, said.exit(), () -> "zoo " + c + ": " + said.err());
        }));
    }
}
