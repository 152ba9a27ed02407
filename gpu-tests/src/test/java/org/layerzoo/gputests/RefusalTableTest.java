package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.testkit.backend.BackendCases;

/** docs/accelerators.md says what the GPU backends refuse; with {@code -Dzoo.refusals.update=true} this writes it anew. */
class RefusalTableTest {
    private static final Backend BACKEND = Dispatcher.backend("oneapi:opencl");
    private static final String BEGIN = "<!-- refusals begin: written by RefusalTableTest -->\n";
    private static final String END = "<!-- refusals end -->";

    @Test
    void theDocumentListsEveryRefusalOfTheCaseTables() throws IOException {
        Path file = root().resolve("docs/accelerators.md");
        String text = Files.readString(file);
        int from = text.indexOf(BEGIN) + BEGIN.length();
        int to = text.indexOf(END);
        assertTrue(from >= BEGIN.length() && to >= from, "the marks of the table are missing in " + file);
        String table = "\n" + table() + "\n";
        if (Boolean.getBoolean("zoo.refusals.update")) {
            text = text.substring(0, from) + table + text.substring(to);
            Files.writeString(file, text);
            to = text.indexOf(END);
        }
        assertEquals(
                table,
                text.substring(from, to),
                "docs/accelerators.md is old; write it anew: -Dtest=RefusalTableTest -Dzoo.refusals.update=true");
    }

    private static String table() {
        Map<String, TreeSet<String>> types = new TreeMap<>();
        Stream.of(BackendCases.primitives(), BackendCases.fused())
                .flatMap(List::stream)
                .forEach(l -> {
                    Optional<String> refusal = BACKEND.refusal(l.op(), l.specs());
                    refusal.ifPresent(
                            r -> types.computeIfAbsent("| " + l.op().name() + " | " + kind(r), k -> new TreeSet<>())
                                    .add(l.dtype().name()));
                });
        return "| op | why | in |\n|---|---|---|\n"
                + types.entrySet().stream()
                        .map(e -> e.getKey() + " | " + in(e.getValue()) + " |\n")
                        .collect(Collectors.joining());
    }

    /** A reason without what was given. */
    private static String kind(String reason) {
        return reason.replaceAll("(: [A-Z]\\w*\\[.*|\\[.*)$", "").replace("|", "\\|");
    }

    private static String in(TreeSet<String> types) {
        return types.size() == 4 ? "all types" : String.join(", ", types);
    }

    private static Path root() {
        Path p = Path.of("").toAbsolutePath();
        while (!Files.exists(p.resolve("jvm.options"))) {
            p = p.getParent();
        }
        return p;
    }
}
