package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.cli.study.RecallStudy;
import org.layerzoo.cli.study.Studies;
import org.layerzoo.cli.study.Study;
import org.layerzoo.cli.study.StudyFile;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.config.Role;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.core.spi.Choice;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.runner.child.Limits;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code zoo study}, on a plan that takes seconds. */
class StudyTest {
    private static final String PLAN = """
        {"task": {"id": "zoo/mqar", "config": {"vocab": 16, "length": 16, "pairs": 2, "power": 1.0,
           "backbone": {"dim": 16, "heads": 2, "depth": 2}}},
         "first": {"id": "based", "config": {"form": {"type": "convolution", "width": 3}}},
         "budget": {"steps": 3, "batch": 2, "rates": [0.01, 0.02], "warmup": 1, "every": 2, "solved": 1.1},
         "seeds": [1], "secondsPerRow": 300, "groups": ["recurrent", "linear"],
         "mixers": [{"id": "mamba", "name": "Mamba", "group": 0, "configs": [{"states": 2}]},
                    {"id": "mamba", "name": "Mamba, wide", "group": 0, "configs": [{"states": 4}]},
                    {"id": "deltanet", "name": "DeltaNet", "group": 1, "configs": [{"nonsense": 1}]}]}
        """;

    @TempDir
    Path folder;

    private final Study study = new RecallStudy(Configs.mapper().readTree(PLAN));

    private void run(StudyFile file) {
        try (Plugins plugins = Plugins.in(List.of(Cli.built()))) {
            var shared = new StudyCommand.StudyRun(
                    study,
                    file,
                    Map.of("mamba", "1", "deltanet", "1", "based", "1", "zoo", "1"),
                    LocalCommand.all(plugins),
                    p -> Limits.defaults().withThreads(1));
            new StudyWorkers(new PrintWriter(new StringWriter()), false, shared, 2)
                    .work(new ArrayDeque<>(study.parts()), 1);
        }
    }

    @Test
    void rowsAreMeasuredKeptAndTakenUpAgain() throws IOException {
        ObjectNode machine = MeasurementStore.machine(1);
        StudyFile file = StudyFile.begin(folder, study, machine);
        assertEquals(3, file.document().path("notRun").size());
        run(file);
        JsonNode d = StudyFile.read(folder, study).orElseThrow();
        assertEquals(3, d.path("rows").size(), d.toString());
        JsonNode small = d.at("/rows/0");
        JsonNode large = d.at("/rows/1");
        JsonNode refused = d.at("/rows/2");
        assertTrue(small.path("accuracy").isNumber() && small.path("parameters").asInt() > 1000, small.toString());
        // Two more states in each of 32 channels: counted in the stream.
        assertEquals(64, large.path("state").asInt() - small.path("state").asInt());
        assertEquals(2, small.path("tried").size());
        assertEquals(
                List.of(2, 3),
                small.at("/tried/0/validation").findValues("step").stream()
                        .map(JsonNode::asInt)
                        .toList());
        assertTrue(refused.path("refused").asString().contains("nonsense"), refused.toString());
        String page = study.section(d).markdown();
        assertTrue(
                page.contains("`mamba` Mamba | states 2 |") && page.contains("`mamba` Mamba, wide | states 4 |"), page);
        assertEquals(2, page.split("`mamba` ", -1).length - 1, "each row belongs to one mixer");
        StudyFile again = StudyFile.resume(folder, study, machine);
        assertTrue(again.has(small.path("key").asString()));
        assertFalse(again.has(refused.path("key").asString()), "a refused row is run again");
    }

    @Test
    void rowsOfAnotherPlanAreNotMixedIn() throws IOException {
        ObjectNode other = (ObjectNode) study.plan().deepCopy();
        ((ObjectNode) other.get("budget")).put("steps", 4);
        StudyFile.begin(folder, new RecallStudy(other), MeasurementStore.machine(1))
                .add(List.of(), Map.of());
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> StudyFile.resume(folder, study, MeasurementStore.machine(1)));
        assertTrue(e.getMessage().contains("another plan"), e.getMessage());
    }

    /** A benchmark of a layer that cannot be configured succeeds and refuses each length. */
    @Test
    void aMixerThatIsRefusedAtEveryLengthIsNamedAndRunAgain() throws IOException {
        Study scaling = Studies.find("scaling").orElseThrow();
        Study.Part part = scaling.parts().getFirst();
        JsonNode refused = Configs.mapper().readTree("""
            {"results": [{"length": 1024, "minMs": null, "refused": "4 heads do not fit"}], "fits": []}
            """);
        JsonNode measured = Configs.mapper().readTree("""
            {"results": [{"length": 1024, "minMs": 1.5, "refused": null},
                         {"length": 4096, "minMs": null, "refused": "no room"}], "fits": []}
            """);
        ObjectNode machine = MeasurementStore.machine(1);
        StudyFile file = StudyFile.begin(folder, scaling, machine);
        file.add(scaling.rows(part, refused), Map.of());
        assertFalse(StudyFile.resume(folder, scaling, machine).has(part.id()));
        String out = folder.toString();
        Cli.Said said = Cli.in(folder).run("study", "scaling", "--render", "--out", out);
        assertTrue(said.out().contains("refused: " + part.id() + ": 4 heads do not fit"), said.out());
        file.add(scaling.rows(part, measured), Map.of());
        assertTrue(StudyFile.resume(folder, scaling, machine).has(part.id()));
    }

    @Test
    void everyMixerOfTheScalingStudyFitsItsSizes() {
        ObjectNode spec = Configs.mapper().createObjectNode();
        Studies.find("scaling").orElseThrow().parts().forEach(p -> {
            spec.withArray("plugins").addAll((ArrayNode) p.spec().path("plugins"));
            spec.setAll((ObjectNode) p.spec().deepCopy().remove(List.of("plugins", "lengths")));
        });
        spec.put("effort", 0.01).putArray("lengths").add(16);
        try (Plugins plugins = Plugins.in(List.of(Cli.built()));
                Jobs jobs = new Jobs(new PrintWriter(new StringWriter()), false)) {
            JsonNode results = jobs.result(
                            "benchmark",
                            spec,
                            LocalCommand.all(plugins),
                            Limits.defaults().withThreads(1))
                    .json()
                    .path("results");
            assertEquals(spec.path("plugins").size(), results.size());
            results.forEach(r -> assertTrue(r.path("minMs").isNumber(), r.toString()));
        }
    }

    @Test
    void everyDeclaredRowOfRecallIsAConfigurationThatItsMixerTakes() {
        Study recall = Studies.find("recall").orElseThrow();
        JsonNode backbone = recall.plan().at("/task/config/backbone");
        Map<Role.Kind, Integer> sizes = Map.of(
                Role.Kind.DIM,
                backbone.path("dim").asInt(),
                Role.Kind.HEADS,
                backbone.path("heads").asInt());
        try (Plugins plugins = Plugins.in(List.of(Cli.built()))) {
            for (Study.Part part : recall.parts()) {
                LayerProvider<?> p = (LayerProvider<?>) plugins.find(part.id()).orElseThrow();
                for (JsonNode row : part.spec().path("rows")) {
                    @SuppressWarnings("unchecked")
                    Map<String, Object> options = Configs.mapper().convertValue(row.path("config"), Map.class);
                    Choice<?> choice =
                            Choice.of(p, new LayerRef(part.id(), options)).preferring(sizes, Map.of("causal", true));
                    assertDoesNotThrow(choice::config, row.path("key").asString());
                }
            }
        }
    }

    @Test
    void badUsageIsNamed() throws IOException {
        Cli cli = Cli.in(folder);
        String out = Files.createDirectory(folder.resolve("out")).toString();
        assertSays(cli.run("study", "nothing", "--out", out), "no study 'nothing': expected one of recall, scaling");
        assertSays(
                cli.run("study", "recall", "--out", out, "--only", "nothing"), "--only names no plugin of the study");
        assertSays(cli.run("study", "recall", "--out", out, "--workers", "0"), "--workers");
        assertSays(cli.run("study", "recall", "--out", out, "--render"), "there is no recall.json");
    }

    private static void assertSays(Cli.Said said, String part) {
        assertEquals(2, said.exit(), said.err());
        assertTrue(said.error().contains(part), said.err());
    }
}
