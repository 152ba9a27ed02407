package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
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
        assertTrue(Files.exists(out.resolve("report.json")));
        var model = Safetensors.read(out.resolve("model.safetensors"));
        assertEquals("zoo/causal-lm", model.metadata().get("id"));
        assertTrue(
                model.tensors().names().stream().anyMatch(n -> n.contains("A_log")),
                model.tensors().names().toString());
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
        assertSays(cli.run("probe", "mamba"), 2, "is no probe");
        assertSays(cli.run("compare", "mamba"), 2, "is no collection");
    }

    private static void assertSays(Cli.Said said, int exit, String part) {
        assertEquals(exit, said.exit(), said.err());
        assertTrue(said.error().contains(part), said.err());
    }
}
