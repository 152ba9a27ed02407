package org.layerzoo.cli.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.cli.study.Studies;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.spi.Cards;
import org.layerzoo.core.spi.PaperCard;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class ClaimsTest {
    private static final Path ROOT = Path.of("..");
    private static final Path RESULTS = ROOT.resolve("docs/results");

    private static Map<String, PaperCard> cards() throws IOException {
        Map<String, PaperCard> out = new TreeMap<>();
        for (String family : Experiments.FAMILIES) {
            try (Stream<Path> folders = Files.list(ROOT.resolve("plugins/" + family + "/src/main/resources"))) {
                for (Path card : folders.map(f -> f.resolve("card.yaml"))
                        .filter(Files::exists)
                        .toList()) {
                    try (InputStream in = Files.newInputStream(card)) {
                        out.put(card.getParent().getFileName().toString(), Cards.read(card.toString(), in));
                    }
                }
            }
        }
        return out;
    }

    @Test
    void everyClaimOfTheThreeFamiliesHasOneExperimentOrAReason() throws IOException {
        Map<String, PaperCard> cards = cards();
        List<String> claims = cards.entrySet().stream()
                .flatMap(c -> c.getValue().claims().stream().map(claim -> c.getKey() + "/" + claim.id()))
                .sorted()
                .toList();
        assertEquals(39, cards.size());
        assertEquals(
                claims, Experiments.all().stream().map(Experiment::id).sorted().toList());
        Experiments.all().forEach(e -> assertTrue(e.measured() != e.runs().isEmpty(), e.id()));
    }

    @Test
    void everyRowOfAStudyThatAnExperimentReadsIsDeclaredThere() {
        int rows = 0;
        for (Experiment e : Experiments.all()) {
            for (Run run : e.runs().values().stream().filter(Run::ofStudy).toList()) {
                List<String> declared = Studies.find(run.spec().path("study").asString()).orElseThrow().parts().stream()
                        .filter(p -> p.id().equals(run.plugin()))
                        .flatMap(p -> p.keys().stream())
                        .toList();
                assertTrue(declared.contains(run.spec().path("row").asString()), e.id() + ": " + run.spec() + declared);
                rows++;
            }
        }
        assertTrue(rows > 10);
    }

    @Test
    void theVerdictsAreWhatTheRulesSayOfTheFigures() throws IOException {
        ClaimRecords records = ClaimRecords.read(RESULTS.resolve("claims.json"));
        JsonNode before = records.json().deepCopy();
        records.decide(Experiments.all(), cards());
        assertEquals(decisions(before), decisions(records.json()));
        assertEquals(before.path("runs"), records.json().path("runs"));
        assertEquals(
                Experiments.all().size(),
                records.counts().values().stream().mapToInt(n -> n).sum());
    }

    /** Rows without what the card says, which may be put in other words before the next study. */
    private static List<JsonNode> decisions(JsonNode document) {
        return document.path("claims")
                .valueStream()
                .map(row -> (JsonNode) ((ObjectNode) row.deepCopy()).remove(List.of("claim", "paper")))
                .toList();
    }

    @Test
    void thePageIsWhatTheRecordsRenderTo() throws IOException {
        JsonNode records = ClaimRecords.read(RESULTS.resolve("claims.json")).json();
        assertEquals(ClaimsPage.of(records), Files.readString(RESULTS.resolve("claims.md")));
    }

    @Test
    void everyFigureHasItsCommandMachineAndDate() {
        JsonNode runs = ClaimRecords.read(RESULTS.resolve("claims.json")).json().path("runs");
        assertFalse(runs.isEmpty());
        runs.forEach(r -> {
            assertTrue(r.path("command").asString().startsWith("zoo "), r.toString());
            assertTrue(r.path("machine").has("cpu"), r.toString());
            assertTrue(r.path("date").asString().matches("\\d{4}-\\d{2}-\\d{2}"), r.toString());
        });
    }

    @Test
    void aClaimIsOpenUntilItsRunsAreThereAndThenDecidedByItsRule(@TempDir Path folder) throws IOException {
        Map<String, PaperCard> cards = cards();
        Experiment e = Experiments.all().stream()
                .filter(x -> x.id().equals("hiss/claim-3"))
                .findFirst()
                .orElseThrow();
        ClaimRecords records = ClaimRecords.read(folder.resolve("claims.json"));
        records.decide(Experiments.all(), cards);
        assertEquals("not measured yet", records.finding(e.id()).orElseThrow().verdict());
        put(records, e, 10, 12);
        records.decide(Experiments.all(), cards);
        assertEquals(
                new ClaimRecords.Finding("holds", "10 ms against 12 ms"),
                records.finding(e.id()).orElseThrow());
        put(records, e, 14, 12);
        records.decide(Experiments.all(), cards);
        assertEquals("does not hold", records.finding(e.id()).orElseThrow().verdict());
        records.write(folder.resolve("claims.json"));
        assertEquals(
                records.json(), ClaimRecords.read(folder.resolve("claims.json")).json());
    }

    private static void put(ClaimRecords records, Experiment e, double ours, double flat) {
        records.put(e.runs().get("hiss"), result(ours), machine(), "2026-01-01");
        records.put(e.runs().get("flat"), result(flat), machine(), "2026-01-01");
    }

    private static ObjectNode machine() {
        return Configs.mapper().createObjectNode().put("cpu", "any");
    }

    private static ObjectNode result(double ms) {
        ObjectNode out = Configs.mapper().createObjectNode();
        out.putArray("results")
                .addObject()
                .put("implementation", "layerzoo")
                .put("length", 4000)
                .put("minMs", ms);
        return out;
    }
}
