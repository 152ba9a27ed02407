package org.layerzoo.figures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FiguresTest {
    @TempDir
    private Path folder;

    private static String json(String test, long requests) {
        return """
                {"test": "%s", "what": "a run of seed 7", "seconds": 1801, "date": "2026-11-22", "machine": "a CPU", "load": 3.25,
                 "figures": {"requests": %d, "p99 ms": 12.345}}""".formatted(test, requests);
    }

    @Test
    void eachRunIsARowBetweenTheMarksAndWhatIsAroundThemStays() throws IOException {
        Path results = Files.createDirectory(folder.resolve("results"));
        Files.writeString(results.resolve("BTest.json"), json("BTest", 50000));
        Files.writeString(results.resolve("ATest.json"), json("ATest", 7));
        Path document = Files.writeString(
                folder.resolve("page.md"),
                "before\n" + FiguresTable.BEGIN + "\nold\n" + FiguresTable.END + "\nafter\n");
        new FiguresTable(results).into(document);
        assertEquals(
                "before\n" + FiguresTable.BEGIN + """


                | test | run | figures | took | date, load |
                |---|---|---|---|---|
                | `ATest` | a run of seed 7 | requests 7, p99 ms 12.35 | 1,801 s | 2026-11-22, 3.3 |
                | `BTest` | a run of seed 7 | requests 50,000, p99 ms 12.35 | 1,801 s | 2026-11-22, 3.3 |

                On a CPU. Load is the mean number of runnable threads in the run's last minute.

                """ + FiguresTable.END + "\nafter\n", Files.readString(document));
    }

    @Test
    void aDocumentWithoutAPlaceForTheTableIsRefusedAndLeftAsItIs() throws IOException {
        Path document = Files.writeString(folder.resolve("page.md"), "no marks\n");
        var refused = assertThrows(IllegalStateException.class, () -> new FiguresTable(folder).into(document));
        assertTrue(refused.getMessage().contains(FiguresTable.BEGIN), refused.getMessage());
        assertEquals("no marks\n", Files.readString(document));
    }

    @Test
    void theRootIsFoundFromAModuleAndItsAbsenceIsSaid() throws IOException {
        Path docs = Files.createDirectory(folder.resolve("docs"));
        Path module = Files.createDirectories(folder.resolve("a/module"));
        var refused = assertThrows(IllegalStateException.class, () -> Figures.root(module));
        assertTrue(refused.getMessage().contains(module.toString()), refused.getMessage());
        Files.writeString(docs.resolve("reliability.md"), "");
        assertEquals(folder, Figures.root(module));
    }

    @Test
    void settingsAreKeptWithoutTheRunsFolderAndWithPathsFromTheRoot() {
        var properties = new Properties();
        properties.setProperty(Figures.FOLDER, "docs/results");
        properties.setProperty("zoo.reliability.plugins", "/home/me/zoo/build/plugins");
        properties.setProperty("zoo.reliability.rate", "500");
        properties.setProperty("user.name", "me");
        assertEquals(
                Map.of("zoo.reliability.plugins", "build/plugins", "zoo.reliability.rate", "500"),
                Figures.settings(properties, Path.of("/home/me/zoo")));
    }

    @Test
    void theTableOfTheDocumentIsThatOfTheRecords() throws IOException {
        Path root = Figures.root(Path.of("").toAbsolutePath());
        String document = Files.readString(root.resolve("docs/reliability.md"));
        Path copy = Files.writeString(folder.resolve("reliability.md"), document);
        new FiguresTable(root.resolve("docs/results/reliability")).into(copy);
        assertEquals(Files.readString(copy), document);
    }
}
