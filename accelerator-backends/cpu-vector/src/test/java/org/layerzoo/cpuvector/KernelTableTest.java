package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/kernels.md says how each op runs; with {@code -Dzoo.kernels.update=true} this writes it anew. */
class KernelTableTest {
    private static final String COMMAND = "./mvnw -q -pl accelerator-backends/cpu-vector -am test"
            + " -Dtest=KernelTableTest -Dsurefire.failIfNoSpecifiedTests=false -Dzoo.kernels.update=true";
    private static final String HEAD = """
            # How the CPU runs each op

            Written by the backend itself, over the case tables of core; a number is how many cases of the op's table run so:

                %s

            - *vector*: a kernel in the Vector API. *plain loop*: a loop of the backend, which the JIT compiler may vectorise.
            - *reference*: the scalar loops in F64 that define the op. *decomposed*: the op's meaning in other ops, each by its own kernel.
            - BF16 and F16 are computed in F32 and rounded once an op. Gradients of primitives, and of softmax, are ops of these tables.

            """;

    @Test
    void theDocumentTellsHowEachOpRuns() throws IOException {
        Path file = root().resolve("docs/kernels.md");
        String now = HEAD.formatted(COMMAND) + KernelTable.all();
        if (Boolean.getBoolean("zoo.kernels.update")) {
            Files.writeString(file, now);
        }
        assertEquals(Files.readString(file), now, "docs/kernels.md is old; write it anew with " + COMMAND);
    }

    private static Path root() {
        Path p = Path.of("").toAbsolutePath();
        while (!Files.exists(p.resolve("jvm.options"))) {
            p = p.getParent();
        }
        return p;
    }
}
