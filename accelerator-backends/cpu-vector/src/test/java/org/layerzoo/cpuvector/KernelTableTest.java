package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
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
            - F64 is for verification: its fused ops decompose on purpose ([0008](decisions/0008-fused-ops-in-f64-decompose.md)).
            - Plain loops that were measured and are as good as vectors: [performance](performance.md#what-was-tried-on-primitives).

            """;

    @Test
    void theDocumentListsEveryOpAndPromisesNoVectorKernelThatIsNotThere() throws IOException {
        Path file = root().resolve("docs/kernels.md");
        String now = HEAD.formatted(COMMAND) + KernelTable.all();
        if (Boolean.getBoolean("zoo.kernels.update")) {
            Files.writeString(file, now);
        }
        String old = "docs/kernels.md is old; write it anew with " + COMMAND;
        Map<String, String[]> told = rows(Files.readString(file));
        Map<String, String[]> real = rows(now);
        assertEquals(real.keySet(), told.keySet(), old);
        told.forEach((op, cells) -> {
            for (int i = 0; i < cells.length; i++) {
                assertTrue(!cells[i].equals("vector") || real.get(op)[i].equals("vector"), op + ": " + old);
            }
        });
    }

    /** Cells by op. */
    private static Map<String, String[]> rows(String text) {
        Map<String, String[]> out = new TreeMap<>();
        text.lines()
                .filter(l -> l.startsWith("| ") && !l.startsWith("| op "))
                .map(l -> l.substring(2).split(" \\| | \\|"))
                .forEach(c -> out.put(c[0], Arrays.copyOfRange(c, 1, c.length)));
        return out;
    }

    private static Path root() {
        Path p = Path.of("").toAbsolutePath();
        while (!Files.exists(p.resolve("jvm.options"))) {
            p = p.getParent();
        }
        return p;
    }
}
