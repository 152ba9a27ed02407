package org.layerzoo.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The book-keeping of compiled kernels, with compilers that only write down what they were given. */
class KernelsTest {
    private static final String SOURCE =
            "// variants: f32 f64\n#include \"zoo.h\"\n#include \"shared.h\"\nKERNEL(1, k)() {}\n";

    @TempDir
    Path folder;

    private Path sources;
    private Path compiled;
    private final List<String> log = new ArrayList<>();

    @BeforeEach
    void writeAProject() throws IOException {
        sources = Files.createDirectories(folder.resolve("kernels"));
        compiled = folder.resolve("compiled");
        Files.createDirectories(sources.resolve("scan"));
        Files.writeString(sources.resolve("scan/scan.c"), SOURCE);
        Files.writeString(sources.resolve("shared.h"), "int shared;\n");
        Files.writeString(sources.resolve("other.h"), "int other;\n");
        Path tools = Files.createDirectories(folder.resolve("tools"));
        for (String name : List.of("nvcc", "clang-15", "llvm-spirv-15", "spirv-opt", "spirv-val")) {
            Path tool = tools.resolve(name);
            // Writes its arguments into what stands behind -o.
            Files.writeString(
                    tool,
                    "#!/bin/sh\nall=\"$*\"\nwhile [ $# -gt 0 ]; do [ \"$1\" != -o ] || { echo \".version 9.0\"; echo \"$all\"; }"
                            + " >\"$2\"; shift; done\n");
            assertTrue(tool.toFile().setExecutable(true));
        }
    }

    private Kernels kernels() {
        return new Kernels(sources, compiled);
    }

    private void compile() {
        kernels().compile(Map.of("PATH", folder.resolve("tools") + ":/usr/bin:/bin"), log::add);
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> all = Files.list(compiled)) {
            return Set.copyOf(all.map(f -> f.getFileName().toString()).toList());
        }
    }

    @Test
    void everyVariantIsCompiledForBothTargetsAndThenNothingIsStale() throws IOException {
        assertEquals(5, kernels().stale().size());
        compile();
        assertEquals(Set.of("scan.f32.ptx", "scan.f32.spv", "scan.f64.ptx", "scan.f64.spv", "scan.sha256"), files());
        assertEquals(List.of(), kernels().stale());
        assertTrue(Files.readString(compiled.resolve("scan.f64.ptx")).contains("-DZOO_F64"));
    }

    @Test
    void ptxIsWrittenInADialectThatOlderDriversTake() throws IOException {
        compile();
        assertTrue(Files.readString(compiled.resolve("scan.f32.ptx")).startsWith(".version 7.5\n"));
    }

    @Test
    void everyArchitectureHasTheOldestDialectThatItNeedsAndUnknownOnesKeepTheCompilers() throws IOException {
        for (String[] pair : new String[][] {{"compute_80", "7.5"}, {"compute_90a", "8.0"}, {"compute_100", "9.0"}}) {
            Files.writeString(sources.resolve("scan/scan.c"), "// variants: bf16\n// arch: " + pair[0] + "\n");
            compile();
            String ptx = Files.readString(compiled.resolve("scan.bf16.ptx"));
            assertTrue(ptx.startsWith(".version " + pair[1] + "\n") && ptx.contains("-arch=" + pair[0]), ptx);
        }
    }

    @Test
    void whatHasNotChangedIsNotCompiledAgain() {
        compile();
        log.clear();
        compile();
        assertEquals(List.of(), log);
    }

    @Test
    void aChangeOfTheSourceOrOfAHeaderThatItIncludesMakesItStale() throws IOException {
        compile();
        Files.writeString(sources.resolve("scan/scan.c"), SOURCE + "\n");
        assertTrue(
                kernels().stale().get(0).startsWith("scan/scan.c"),
                kernels().stale().toString());
        compile();
        Files.writeString(sources.resolve("shared.h"), "long shared;\n");
        assertEquals(1, kernels().stale().size());
        compile();
        Files.writeString(sources.resolve("other.h"), "long other;\n");
        assertEquals(List.of(), kernels().stale());
    }

    @Test
    void aCompiledFileWithoutItsSourceIsStaleAndCompilingRemovesIt() throws IOException {
        compile();
        Files.writeString(compiled.resolve("gone.f32.spv"), "x");
        assertEquals(List.of("gone.f32.spv has no source"), kernels().stale());
        compile();
        assertFalse(files().contains("gone.f32.spv"));
    }

    @Test
    void aSourceForOneTargetIsCompiledForThatOnly() throws IOException {
        Files.writeString(sources.resolve("scan/scan.c"), "// variants: bf16\n// only: ptx\n// arch: sm_90a\n");
        compile();
        assertEquals(Set.of("scan.bf16.ptx", "scan.sha256"), files());
        assertTrue(Files.readString(compiled.resolve("scan.bf16.ptx")).contains("-arch=sm_90a"));
    }

    @Test
    void missingCompilersAreNamedTogether() {
        BuildException e =
                assertThrows(BuildException.class, () -> kernels().compile(Map.of("PATH", "/nowhere"), log::add));
        assertTrue(e.getMessage().contains("nvcc (from CUDA toolkit)"), e.getMessage());
        assertTrue(e.getMessage().contains("spirv-val (from spirv-tools)"), e.getMessage());
    }

    @Test
    void aSourceMustSayItsVariantsAndNameOnlyKnownOnes() throws IOException {
        Files.writeString(sources.resolve("scan/scan.c"), "int x;\n");
        assertTrue(
                assertThrows(BuildException.class, this::kernels).getMessage().contains("variants"));
        Files.writeString(sources.resolve("scan/scan.c"), "// variants: f31\n");
        assertTrue(
                assertThrows(BuildException.class, this::kernels).getMessage().contains("'f31'"));
    }

    @Test
    void twoSourcesOfOneNameAreRefused() throws IOException {
        Files.createDirectories(sources.resolve("attend"));
        Files.writeString(sources.resolve("attend/scan.c"), SOURCE);
        assertTrue(
                assertThrows(BuildException.class, this::kernels).getMessage().contains("scan.c"));
    }
}
