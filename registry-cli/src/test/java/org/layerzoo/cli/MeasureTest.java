package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code zoo bench} and {@code zoo matrix}. */
class MeasureTest {
    private static final List<String> FIELDS = List.of(
            "id",
            "implementation",
            "unit",
            "pass",
            "dtype",
            "batch",
            "length",
            "dim",
            "heads",
            "medianMs",
            "p95Ms",
            "minMs",
            "runs",
            "tokensPerSecond",
            "peakBytes",
            "flops",
            "gflops",
            "fallbacks",
            "ignored",
            "refused",
            "relError",
            "relErrorLength");

    @TempDir
    Path folder;

    @Test
    void coresAreMeasuredWithEveryFieldAndAFit() {
        Cli.Said said = bench(
                "flash-attention-2", "mamba", "--unit", "core", "--lengths", "32,64", "--dim", "32", "--heads", "4");
        assertEquals(0, said.exit(), said.err());
        JsonNode results = said.json().get("results");
        assertEquals(4, results.size());
        for (JsonNode r : results) {
            assertEquals(List.of(), FIELDS.stream().filter(f -> !r.has(f)).toList());
            assertTrue(r.get("refused").isNull(), r.toString());
            assertTrue(
                    r.get("minMs").asDouble() > 0
                            && r.get("minMs").asDouble() <= r.get("medianMs").asDouble(),
                    r.toString());
            assertTrue(r.get("medianMs").asDouble() <= r.get("p95Ms").asDouble(), r.toString());
            assertTrue(r.get("relError").asDouble() < 1e-5, r.toString());
            assertTrue(r.get("flops").asLong() > 0 && r.get("peakBytes").asLong() > 0, r.toString());
        }
        assertEquals("heads", results.get(2).at("/ignored/0").asString());
        assertEquals(2, said.json().get("fits").size());
        for (String field : List.of("cpu", "cores", "threads", "jdk", "backend", "device")) {
            assertTrue(said.json().get("environment").has(field), field);
        }
    }

    @Test
    void flopsOfAttentionGrowWithTheSquareOfTheLength() {
        JsonNode r = bench("flash-attention-2", "--unit", "core", "--lengths", "32,64", "--dim", "32", "--heads", "4")
                .json()
                .get("results");
        double ratio = r.get(1).get("flops").asDouble() / r.get(0).get("flops").asDouble();
        assertTrue(ratio > 3 && ratio < 5, "ratio " + ratio);
    }

    @Test
    void aLayerOfHeadsIsWrappedInProjectionsAndDecodes() {
        for (String pass : List.of("forward", "backward", "decode")) {
            Cli.Said said = bench(
                    "flash-attention-2", "mamba", "--lengths", "16", "--dim", "32", "--heads", "4", "--pass", pass);
            assertEquals(0, said.exit(), said.err());
            said.json().get("results").forEach(r -> assertTrue(r.get("refused").isNull(), r.toString()));
        }
    }

    @Test
    void peersStandBesideOursAndSayWhyTheyAreMissing() {
        JsonNode r = bench(
                        "flash-attention-2",
                        "--unit",
                        "core",
                        "--lengths",
                        "32",
                        "--dim",
                        "32",
                        "--heads",
                        "4",
                        "--peers")
                .json()
                .get("results");
        assertEquals(
                List.of("layerzoo", "naive", "libtorch"),
                r.valueStream().map(x -> x.get("implementation").asString()).toList());
        assertTrue(r.get(1).get("refused").isNull(), r.toString());
        assertTrue(
                r.get(1).get("peakBytes").asLong() > r.get(0).get("peakBytes").asLong(), r.toString());
        String why = r.get(2).get("refused").asString();
        assertTrue(why.contains("LibTorch is not installed") && why.contains("./zoo peers"), why);
    }

    @Test
    void whatCannotBeMeasuredIsRefusedWithItsReason() {
        Cli.Said said = bench("mamba", "--unit", "core", "--lengths", "16", "--pass", "decode");
        assertEquals(1, said.exit());
        assertTrue(said.json().at("/results/0/refused").asString().contains("streaming"), said.out());
        assertTrue(said.error().contains("nothing was measured"), said.err());
        said = bench("flash-attention-2", "--lengths", "16", "--dim", "30", "--heads", "4");
        assertTrue(said.json().at("/results/0/refused").asString().contains("30"), said.out());
        said = bench("flash-attention-2", "--lengths", "4096", "--unit", "core", "--memory", "1m");
        assertTrue(said.json().at("/results/0/refused").asString().contains("memory"), said.out());
    }

    @Test
    void badOptionsAreExitTwo() {
        for (List<String> wrong : List.of(
                List.of("--lengths", "0"),
                List.of("--pass", "sideways"),
                List.of("--unit", "half"),
                List.of("--dtype", "i64"),
                List.of("--lengths", "x"),
                List.of("--threads", "0"),
                List.of("--memory", "lots"),
                List.of("--steps", "5"),
                List.of("--schedule", "cosine"),
                List.of("--task-set", "length=24"),
                List.of("--task", "mamba"),
                List.of("--out", "no/such/folder/x.json"))) {
            Cli.Said said = bench("mamba", wrong.get(0), wrong.get(1));
            assertEquals(2, said.exit(), said.err());
            assertEquals(1, said.err().lines().count(), said.err());
        }
    }

    @Test
    void resultsAreComparedAtTheirFullLengthWhereTheReferenceCanBeEvaluated() {
        for (String pass : List.of("forward", "decode")) {
            JsonNode r = bench(
                            "flash-attention-2",
                            "mamba",
                            "--lengths",
                            "700",
                            "--dim",
                            "16",
                            "--heads",
                            "2",
                            "--pass",
                            pass)
                    .json()
                    .get("results");
            r.forEach(x -> assertEquals(700, x.get("relErrorLength").asInt(), x.toString()));
            r.forEach(x -> assertTrue(x.get("relError").asDouble() < 1e-5, x.toString()));
        }
    }

    @Test
    void halfPrecisionAndOneThreadAreMeasured() {
        for (String dtype : List.of("bf16", "f16")) {
            Cli.Said said = bench(
                    "deltanet",
                    "mamba",
                    "--lengths",
                    "16",
                    "--dim",
                    "32",
                    "--heads",
                    "4",
                    "--dtype",
                    dtype,
                    "--threads",
                    "1");
            assertEquals(0, said.exit(), said.err());
            assertEquals(1, said.json().at("/environment/threads").asInt());
            said.json().get("results").forEach(r -> {
                assertTrue(r.get("refused").isNull(), r.toString());
                assertEquals(dtype, r.get("dtype").asString());
            });
        }
    }

    @Test
    void aTaskPutsQualityBesideSpeedUnderOneBudget() throws Exception {
        Path file = folder.resolve("bench.json");
        Cli.Said said = bench(
                "deltanet",
                "mamba",
                "--lengths",
                "16",
                "--dim",
                "32",
                "--heads",
                "4",
                "--task",
                "zoo/mqar",
                "--size",
                "tiny",
                "--steps",
                "12",
                "--out",
                file.toString());
        assertEquals(0, said.exit(), said.err());
        assertEquals(said.out().strip(), Files.readString(file).strip());
        JsonNode results = said.json().get("results");
        assertEquals(2, results.size());
        for (JsonNode r : results) {
            JsonNode q = r.get("quality");
            assertEquals("zoo/mqar", q.get("task").asString());
            assertEquals(12, q.get("steps").asInt());
            assertTrue(q.at("/metrics/loss").asDouble() < q.at("/before/loss").asDouble(), q.toString());
            assertTrue(q.get("parameters").asLong() > 0 && q.get("chance").asDouble() > 0, q.toString());
        }
        assertRanked(said.json().get("ranking"));
    }

    private static void assertRanked(JsonNode ranking) {
        assertEquals(2, ranking.size());
        assertTrue(
                ranking.get(0).get("value").asDouble()
                        >= ranking.get(1).get("value").asDouble(),
                ranking.toString());
        for (JsonNode r : ranking) {
            assertEquals("token_accuracy", r.get("metric").asString());
            assertTrue(r.get("state").asLong() > 0 && r.get("tokensPerSecond").asDouble() > 0, r.toString());
        }
        assertTrue(ranking.get(0).get("unbeaten").asBoolean(), ranking.toString());
    }

    @Test
    void theTableOfATaskIsRankedAndSaysWhoWasNotTrained() {
        Cli.Said said = Cli.in(folder)
                .run(
                        "bench",
                        "mamba",
                        "hydra",
                        "--lengths",
                        "16",
                        "--dim",
                        "32",
                        "--heads",
                        "4",
                        "--task",
                        "zoo/mqar",
                        "--task-set",
                        "length=24",
                        "--size",
                        "tiny",
                        "--steps",
                        "2",
                        "--train-batch",
                        "4",
                        "--schedule",
                        "cosine");
        assertEquals(0, said.exit(), said.err());
        List<String> lines = said.out().lines().toList();
        assertTrue(lines.stream().anyMatch(l -> l.startsWith("RANK  ID     TOKEN_ACCURACY")), said.out());
        assertTrue(lines.stream().anyMatch(l -> l.startsWith("1     mamba  ") && l.endsWith("unbeaten")), said.out());
        assertTrue(
                lines.stream().anyMatch(l -> l.startsWith("hydra was not trained") && l.contains("causal")),
                said.out());
    }

    @Test
    void aMatrixOfWeightsIsCausalAndItsRowsSumToOne() throws Exception {
        Path png = folder.resolve("m.png");
        Cli.Said said = Cli.in(folder)
                .run("matrix", "flash-attention-2", "--length", "12", "--output", png.toString(), "--json");
        assertEquals(0, said.exit(), said.err());
        JsonNode m = said.json().at("/matrices/0");
        assertEquals("weights", m.get("kind").asString());
        for (int i = 0; i < 12; i++) {
            double sum = 0;
            for (int j = 0; j < 12; j++) {
                double v = m.get("rows").get(i).get(j).asDouble();
                assertTrue(j <= i || v == 0, "row " + i + " sees " + j);
                sum += v;
            }
            assertEquals(1, sum, 1e-5);
        }
        assertPng(png);
    }

    @Test
    void aMatrixOfDerivativesIsCausalWhereTheLayerIs() throws Exception {
        Path png = folder.resolve("m.png");
        Cli.Said said = Cli.in(folder).run("matrix", "mamba", "--length", "10", "--output", png.toString(), "--json");
        assertEquals(0, said.exit(), said.err());
        JsonNode m = said.json().at("/matrices/0");
        assertEquals("sensitivity", m.get("kind").asString());
        for (int i = 0; i < 10; i++) {
            assertTrue(m.get("rows").get(i).get(i).asDouble() > 0);
            for (int j = i + 1; j < 10; j++) {
                assertEquals(0, m.get("rows").get(i).get(j).asDouble());
            }
        }
        assertPng(png);
    }

    @Test
    void aMatrixNeedsAFolderThatExists() {
        Cli.Said said = Cli.in(folder)
                .run("matrix", "mamba", "--output", folder.resolve("no/m.png").toString());
        assertEquals(2, said.exit());
        assertFalse(Files.exists(folder.resolve("no")));
    }

    private static void assertPng(Path file) throws Exception {
        byte[] bytes = Files.readAllBytes(file);
        assertTrue(Arrays.equals(new byte[] {(byte) 0x89, 'P', 'N', 'G'}, Arrays.copyOf(bytes, 4)));
        var image = javax.imageio.ImageIO.read(file.toFile());
        assertTrue(image.getWidth() >= 100 && image.getWidth() == image.getHeight());
    }

    private Cli.Said bench(String... more) {
        String[] all = new String[more.length + 2];
        all[0] = "bench";
        all[1] = "--json";
        System.arraycopy(more, 0, all, 2, more.length);
        return Cli.in(folder).run(all);
    }
}
