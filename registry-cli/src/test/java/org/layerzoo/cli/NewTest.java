package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code zoo new}; {@link ScaffoldBuildTest} shows that the project builds with Maven. */
class NewTest {
    @TempDir
    Path folder;

    @Test
    void theProjectHasNoPlaceholderLeftAndCompiles() throws Exception {
        Path project = folder.resolve("my-mixer");
        Cli.Said said = Cli.in(folder)
                .bare(
                        "new",
                        "my-mixer",
                        "--family",
                        "linear-attention",
                        "--dir",
                        project.toString(),
                        "--sdk",
                        "file:///sdk",
                        "--json");
        assertEquals(0, said.exit(), said.err());
        assertEquals(9, said.json().get("files").size());
        List<String> arguments = new ArrayList<>(List.of(
                "-proc:none",
                "-d",
                folder.resolve("classes").toString(),
                "-cp",
                System.getProperty("java.class.path")));
        try (Stream<Path> files = Files.walk(project)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertFalse(Files.readString(file).matches("(?s).*@[A-Z]+@.*"), file + " holds a placeholder");
                if (file.toString().endsWith(".java")) {
                    arguments.add(file.toString());
                }
            }
        }
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)));
        assertTrue(Files.readString(project.resolve("pom.xml")).contains("<url>file:///sdk</url>"));
    }

    @Test
    void badNamesAndExistingFoldersAreRefused() throws Exception {
        Cli cli = Cli.in(folder);
        assertEquals(
                2,
                cli.bare("new", "My Mixer", "--family", "x", "--sdk", "file:///sdk")
                        .exit());
        assertEquals(2, cli.bare("new", "my-mixer").exit());
        Path there = Files.createDirectory(folder.resolve("there"));
        Cli.Said said = cli.bare("new", "my-mixer", "--family", "x", "--dir", there.toString(), "--sdk", "file:///sdk");
        assertEquals(2, said.exit());
        assertTrue(said.error().contains("exists already"), said.err());
    }

    @Test
    void upWithoutARegistryJarSaysHowToGetIt() {
        Cli.Said said = Cli.in(folder).bare("up", "--no-browser");
        assertEquals(3, said.exit());
        assertTrue(said.error().contains("./zoo up"), said.err());
    }
}
