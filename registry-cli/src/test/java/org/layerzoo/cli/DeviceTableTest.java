package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.core.config.Configs;

class DeviceTableTest {
    private static final String BEGIN = "<!-- devices begin: written by `./zoo verify --all --level 3 --write` -->";

    @TempDir
    private Path folder;

    @Test
    void everyLayerHasARowWithItsFallbacksAndTextAroundTheTableStays() throws IOException {
        Path file = folder.resolve("notes.md");
        Files.writeString(file, "# Notes\n" + BEGIN + "\nold\n<!-- devices end -->\nmore\n");
        String found = """
                [{"id": "a", "devices": [
                   {"provider": "", "backend": "oneapi", "passed": true, "forwardError": 1.26e-7, "gradientError": null,
                    "hotOps": ["linear", "attend"], "fallbacks": {}, "failures": []},
                   {"provider": "b", "backend": "oneapi", "passed": false, "forwardError": 0.5, "gradientError": 2e-6,
                    "hotOps": [], "fallbacks": {"op: a | b": 2}, "failures": ["output y is off"]}]},
                 {"id": "c", "devices": [], "reasons": {"3": "it has no layer"}}]""";
        DeviceTable.in(file).write(Configs.mapper().readTree(found), LocalDate.of(2026, 11, 22));
        assertEquals(
                "# Notes\n" + BEGIN + "\n\n"
                        + "2026-11-22, on oneapi, F32. Errors are the worst ||a - b|| / ||b|| against the reference in F64.\n\n"
                        + "| plugin | passed | outputs | gradients | hot ops | what falls back, how often and why |\n"
                        + "|---|---|---|---|---|---|\n"
                        + "| a | yes | 1.3e-07 | none | linear, attend | nothing |\n"
                        + "| a/b | no: output y is off | 5.0e-01 | 2.0e-06 |  | 2x op: a \\| b |\n"
                        + "\nNothing to run there: c (it has no layer).\n"
                        + "\n<!-- devices end -->\nmore\n",
                Files.readString(file));
    }

    @Test
    void aFileWithoutMarksIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("notes.md"), "# Notes\n");
        CommandFailure e = assertThrows(CommandFailure.class, () -> DeviceTable.in(file));
        assertTrue(e.getMessage().contains(BEGIN), e.getMessage());
    }
}
