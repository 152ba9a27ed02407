package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code zoo recommend}. */
class RecommendTest {
    @TempDir
    Path home;

    private Cli.Said recommend(String... more) {
        List<String> arguments = new ArrayList<>(List.of("recommend", "--length", "32", "--dim", "32", "--heads", "2"));
        arguments.addAll(List.of(more));
        arguments.add("--json");
        return Cli.in(home).run(arguments.toArray(String[]::new));
    }

    @Test
    void causalMixersAreRankedByTimeAndFoundAgainWithoutMeasuring() {
        JsonNode first = recommend("--causal", "--budget", "5m").json();
        List<String> ids = ids(first.path("ranking"));
        assertTrue(ids.containsAll(List.of("flash-attention-2", "deltanet", "mamba")), first.toString());
        double before = 0;
        for (JsonNode e : first.path("ranking")) {
            assertTrue(e.path("causal").asBoolean() && e.path("medianMs").asDouble() >= before, e.toString());
            before = e.path("medianMs").asDouble();
        }
        JsonNode second = recommend("--causal", "--budget", "0s").json();
        assertEquals(ids, ids(second.path("ranking")));
        second.path("ranking")
                .forEach(e -> assertEquals("stored", e.path("source").asString()));
    }

    @Test
    void whatTheBudgetDoesNotReachIsNamed() {
        Cli.Said said = recommend("--pass", "backward", "--budget", "0s");
        assertEquals(1, said.exit(), said.err());
        assertTrue(said.json().path("ranking").isEmpty());
        assertTrue(said.json().path("notMeasured").size() >= 3);
        said.json()
                .path("notMeasured")
                .forEach(m -> assertTrue(m.path("reason").asString().contains("budget of 0s"), m.toString()));
    }

    @Test
    void badInputIsNamed() {
        assertTrue(recommend("--budget", "soon").err().contains("--budget must be a time"));
        assertEquals(2, recommend("--budget", "soon").exit());
        assertEquals(2, recommend("--pass", "sideways").exit());
        assertEquals(2, Cli.in(home).run("recommend", "--length", "0").exit());
        assertEquals(2, Cli.in(home).run("recommend").exit());
    }

    private static List<String> ids(JsonNode rows) {
        return rows.valueStream().map(r -> r.path("id").asString()).toList();
    }
}
