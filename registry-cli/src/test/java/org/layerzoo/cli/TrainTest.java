package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.core.io.Safetensors;
import tools.jackson.databind.JsonNode;

/** {@code zoo train}, {@code probe} and {@code compare}. */
class TrainTest {
    @TempDir
    Path folder;

    @Test
    void aMixerLearnsInTheBackboneOfItsTask() {
        Path out = folder.resolve("out");
        Cli.Said said = Cli.in(folder)
                .run(
                        "train",
                        "mamba",
                        "--task",
                        "zoo/mqar",
                        "--size",
                        "tiny",
                        "--steps",
                        "40",
                        "--out",
                        out.toString(),
                        "--json");
        assertEquals(0, said.exit(), said.err());
        JsonNode d = said.json();
        assertTrue(d.at("/metrics/loss").asDouble() < d.at("/before/loss").asDouble(), said.out());
        assertEquals(40, d.at("/stages/0/loss").size());
        JsonNode state = d.get("state");
        assertTrue(state.get("numbers").asLong() > 0 && !state.get("grows").asBoolean(), state.toString());
        assertTrue(Files.exists(out.resolve("report.json")));
        var model = Safetensors.read(out.resolve("model.safetensors"));
        assertEquals("zoo/causal-lm", model.metadata().get("id"));
        assertTrue(
                model.tensors().names().stream().anyMatch(n -> n.contains("A_log")),
                model.tensors().names().toString());
    }

    @Test
    void aModelThatLooksBothWaysIsASubjectAgain() throws Exception {
        Path out = folder.resolve("out");
        for (String id : new String[] {"hydra", "zoo/causal-lm"}) {
            Cli.Said first = reversed(id, "--steps", "3", "--out", out.toString(), "--restart");
            assertEquals(0, first.exit(), first.err());
            Path file = out.resolve("model.safetensors");
            assertEquals("zoo/token-labeller", Safetensors.read(file).metadata().get("id"));
            Cli.Said again = reversed(id, "--steps", "1", "--subject", file.toString());
            assertEquals(0, again.exit(), again.err());
            assertEquals(first.json().get("metrics"), again.json().get("before"));
            assertTrue(first.json().at("/state/none").isString(), "what looks both ways has no stream");
        }
    }

    private Cli.Said reversed(String id, String... more) {
        List<String> all = new ArrayList<>(List.of("train", id, "--task", "zoo/mqar", "--task-set", "reversed=true"));
        all.addAll(List.of("--size", "tiny", "--json"));
        all.addAll(List.of(more));
        return Cli.in(folder).run(all.toArray(String[]::new));
    }

    @Test
    void aScheduleAWarmUpADecayAndALimitOfGradientsChangeTheRun() {
        List<String> usual =
                List.of("train", "zoo/causal-lm", "--task", "zoo/copy", "--size", "tiny", "--steps", "6", "--json");
        JsonNode plain = run(usual).json().at("/stages/0/loss");
        for (List<String> other : List.of(
                List.of("--schedule", "cosine:floor=0.1"),
                List.of("--warmup", "4", "--weight-decay", "0.5"),
                List.of("--clip", "0.01"))) {
            Cli.Said said = run(usual, other.toArray(String[]::new));
            assertEquals(0, said.exit(), said.err());
            JsonNode loss = said.json().at("/stages/0/loss");
            assertEquals(plain.get(0), loss.get(0), "the first step sees the same model and batch");
            assertNotEquals(plain.get(5), loss.get(5), other.toString());
        }
    }

    private Cli.Said run(List<String> usual, String... more) {
        List<String> all = new ArrayList<>(usual);
        all.addAll(List.of(more));
        return Cli.in(folder).run(all.toArray(String[]::new));
    }

    @Test
    void theStateOfAttentionIsItsKeysAndValues() {
        JsonNode state = run(List.of(
                        "train", "flash-attention-2", "--task", "zoo/mqar", "--size", "tiny", "--steps", "1", "--json"))
                .json()
                .get("state");
        // Two blocks, 16 tokens, width 32.
        assertEquals(2 * 2 * 16 * 32, state.get("numbers").asLong());
        assertTrue(state.get("grows").asBoolean(), state.toString());
    }

    @Test
    void aRecipeTrainsItsSubjectInStages() {
        Cli.Said said = Cli.in(folder)
                .run(
                        "train",
                        "zoo/causal-lm",
                        "--task",
                        "zoo/copy",
                        "--recipe",
                        "lofit",
                        "--size",
                        "tiny",
                        "--steps",
                        "4",
                        "--json");
        assertEquals(0, said.exit(), said.err());
        assertEquals("select", said.json().at("/stages/0/name").asString());
        assertEquals("tune", said.json().at("/stages/1/name").asString());
        assertEquals(4, said.json().at("/stages/1/loss").size());
    }

    @Test
    void aRecipeThatAsksForNoSubjectTrainsANetworkOfItsOwn() {
        Cli.Said said = Cli.in(folder)
                .run(
                        "train",
                        "nas-efficient-transformers/images",
                        "--task",
                        "zoo/shapes",
                        "--task-set",
                        "side=16",
                        "--size",
                        "tiny",
                        "--batch",
                        "2",
                        "--json");
        assertEquals(0, said.exit(), said.err());
        assertEquals("supernet", said.json().at("/stages/0/name").asString());
        assertTrue(said.json().at("/metrics/accuracy").isNumber(), said.out());
        assertTrue(said.json().at("/before").isMissingNode(), said.out());
    }

    @Test
    void aMixerOfMapsIsTriedOnImages() {
        Cli.Said said = Cli.in(folder)
                .run(
                        "train",
                        "agent-attention",
                        "--task",
                        "zoo/shapes",
                        "--task-set",
                        "side=12",
                        "--size",
                        "tiny",
                        "--steps",
                        "2",
                        "--batch",
                        "2",
                        "--json");
        assertEquals(0, said.exit(), said.err());
        assertTrue(said.json().at("/metrics/accuracy").isNumber(), said.out());
        assertTrue(said.json().at("/parameters").asInt() > 10_000, said.out());
    }

    @Test
    void whatIsNoTaskRecipeProbeOrCollectionIsNamed() {
        Cli cli = Cli.in(folder);
        assertSays(cli.run("train", "mamba", "--task", "mamba"), 2, "'mamba' is no task but a layer");
        assertSays(
                cli.run("train", "mamba", "--task", "zoo/mqar", "--recipe", "mamba", "--size", "tiny"),
                2,
                "is no recipe");
        assertSays(cli.run("train", "lofit", "--task", "zoo/mqar"), 2, "--subject");
        assertSays(cli.run("train", "mamba", "--task", "zoo/mqar", "--size", "huge"), 2, "'huge'");
        assertSays(cli.run("train", "mamba", "--task", "zoo/mqar", "--steps", "0"), 2, "positive");
        assertSays(cli.run("train", "mamba", "--task", "zoo/mqar", "--schedule", "steep"), 2, "'steep'");
        assertSays(cli.run("train", "mamba", "--task", "zoo/mqar", "--warmup", "-1"), 2, "--warmup");
        assertSays(
                cli.run("train", "mamba", "--task", "zoo/mqar", "--learning-rate", "Infinity"), 2, "--learning-rate");
        assertSays(
                cli.run("train", "zoo/causal-lm", "--task", "zoo/copy", "--recipe", "lofit", "--schedule", "cosine"),
                2,
                "expected none of schedule");
        assertSays(cli.run("probe", "mamba"), 2, "is no probe");
        assertSays(cli.run("compare", "mamba"), 2, "is no collection");
    }

    private static void assertSays(Cli.Said said, int exit, String part) {
        assertEquals(exit, said.exit(), said.err());
        assertTrue(said.error().contains(part), said.err());
    }
}
