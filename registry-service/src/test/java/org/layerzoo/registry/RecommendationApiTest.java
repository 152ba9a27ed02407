package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Each test asks about a length of its own, so that it meets no other test's figures. */
class RecommendationApiTest {
    private static final Map<String, Object> HERE =
            Map.of("cpu", "cpu of the ranking", "cores", 4, "threads", 4, "jdk", "25", "backend", "cpu-vector");
    private static TestRegistry registry;
    private static Client user;
    private static FakeRunner runner;

    @BeforeAll
    static void addPlugins() {
        registry = TestRegistry.shared();
        JarFixture.of("rank-slow").into(registry.plugins(), "rank-slow.jar");
        JarFixture.of("rank-both-ways")
                .with("modes", List.of("self-noncausal"))
                .into(registry.plugins(), "rank-both-ways.jar");
        JarFixture.of("rank-recipe").with("kind", "recipe").into(registry.plugins(), "rank-recipe.jar");
        registry.add(JarFixture.of("rank-fast"), "rank-fast");
        user = registry.withScopes("read", "run");
        runner = FakeRunner.of(registry, "recommendation");
    }

    @BeforeEach
    void noOpenJobs() {
        TestRegistry.shared();
    }

    private static Map<String, Object> figure(String id, int length, double medianMs) {
        return row(id, length, row -> {
            row.put("medianMs", medianMs);
            row.put("p95Ms", medianMs * 1.1);
            row.put("tokensPerSecond", length * 1000 / medianMs);
            row.put("peakBytes", 4096L * length);
            row.put("relError", 2e-7);
            row.put("fallbacks", List.of("scan: no kernel"));
        });
    }

    private static Map<String, Object> row(String id, int length, Consumer<Map<String, Object>> more) {
        var row = new HashMap<String, Object>(
                Map.of("id", id, "implementation", "layerzoo", "unit", "layer", "pass", "forward", "dtype", "f32"));
        row.putAll(Map.of("batch", 1, "length", length, "dim", 512, "heads", 8));
        more.accept(row);
        return row;
    }

    /** Hands in rows as the result of one benchmark that was asked for with {@code backend}. */
    @SafeVarargs
    private static String measured(Map<String, Object> environment, String backend, Map<String, Object>... rows) {
        List<Map<String, Object>> ids = Stream.of(rows)
                .map(row -> row.get("id"))
                .distinct()
                .map(id -> Map.of("id", id))
                .toList();
        JsonNode job = user.post("/api/v1/benchmarks", Map.of("plugins", ids, "backend", backend))
                .is(202)
                .json();
        JsonNode lease = runner.lease("benchmark").orElseThrow();
        runner.complete(lease, Map.of("environment", environment, "results", List.of(rows), "fits", List.of()))
                .is(204);
        return job.path("id").asString();
    }

    private static JsonNode ask(String query) {
        return registry.anonymous()
                .get("/api/v1/recommendations?" + query)
                .is(200)
                .json();
    }

    private static List<String> ranked(JsonNode answer) {
        return ids(answer.path("ranking"));
    }

    private static List<String> ids(JsonNode list) {
        return list.valueStream()
                .map(e -> e.path("id").asString())
                .filter(id -> id.startsWith("rank-"))
                .toList();
    }

    private static JsonNode unmeasured(JsonNode answer, String id) {
        return answer.path("notMeasured")
                .valueStream()
                .filter(e -> e.path("id").asString().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theCatalogueIsSortedByMeasuredSpeedAndWhatWasNotMeasuredComesLast() {
        measured(HERE, "auto", figure("rank-slow", 777, 20), figure("rank-fast", 777, 5));
        for (String order : List.of("speed,desc", "speed")) {
            JsonNode page = registry.anonymous()
                    .get("/api/v1/plugins?query=rank-&length=777&sort=" + order)
                    .is(200)
                    .json();
            List<String> measured =
                    order.endsWith("desc") ? List.of("rank-fast", "rank-slow") : List.of("rank-slow", "rank-fast");
            assertThat(ids(page.path("items")).subList(0, 2)).isEqualTo(measured);
            assertThat(ids(page.path("items"))).hasSize(4);
            assertThat(page.at("/items/2").has("speed")).isFalse();
        }
        JsonNode fastest = registry.anonymous()
                .get("/api/v1/plugins?query=rank-&length=777&sort=speed,desc")
                .json()
                .at("/items/0/speed");
        assertThat(fastest.path("tokensPerSecond").asDouble()).isEqualTo(777 / 5.0 * 1000);
        assertThat(fastest.path("length").asInt()).isEqualTo(777);
        registry.anonymous().get("/api/v1/plugins?sort=speedy").problem(400, "invalid-request");
        assertThat(registry.anonymous()
                        .get("/api/v1/plugins?query=rank-&level=4")
                        .json()
                        .path("total")
                        .asInt())
                .isZero();
        JsonNode facets = registry.anonymous()
                .get("/api/v1/plugins?query=rank-&level=0")
                .json()
                .path("facets");
        assertThat(facets.path("level").get(0).path("value").asString()).isEqualTo("0");
        assertThat(facets.path("year").get(0).path("count").asInt()).isEqualTo(4);
    }

    @Test
    void mixersAreRankedByTheirNewestMedianAndWhatHasNoneIsListed() {
        measured(HERE, "auto", figure("rank-slow", 3001, 1.0));
        String job = measured(HERE, "auto", figure("rank-slow", 3001, 9.0), figure("rank-fast", 3001, 3.0));
        JsonNode answer = ask("length=3001");
        assertThat(ranked(answer)).containsExactly("rank-fast", "rank-slow");
        JsonNode first = answer.path("ranking").get(0);
        assertThat(first.path("rank").asInt()).isEqualTo(1);
        assertThat(first.path("timesBest").asDouble()).isEqualTo(1);
        assertThat(answer.at("/ranking/1/timesBest").asDouble()).isEqualTo(3);
        assertThat(first.path("title").asString()).isEqualTo("Paper of rank-fast");
        assertThat(first.path("family").asString()).isEqualTo("recurrent-and-ssm");
        assertThat(first.path("version").asString()).startsWith("0.1.0+local.");
        assertThat(first.path("causal").asBoolean()).isTrue();
        assertThat(first.path("p95Ms").asDouble()).isEqualTo(3.0 * 1.1);
        assertThat(first.path("tokensPerSecond").asDouble()).isEqualTo(3001 * 1000 / 3.0);
        assertThat(first.path("peakBytes").asLong()).isEqualTo(4096L * 3001);
        assertThat(first.path("relError").asDouble()).isEqualTo(2e-7);
        assertThat(first.path("fallbacks").toString()).isEqualTo("[\"scan: no kernel\"]");
        assertThat(first.path("source").asString()).isEqualTo("stored");
        assertThat(first.path("measuredAt").asString()).isNotBlank();
        assertThat(first.path("jobId").asString()).isEqualTo(job);
        JsonNode missing = unmeasured(answer, "rank-both-ways");
        assertThat(missing.path("reason").asString()).isEqualTo("not measured yet at 3001 tokens and width 512");
        assertThat(missing.path("refused").asBoolean()).isFalse();
        assertThat(ids(answer.path("notMeasured"))).doesNotContain("rank-recipe");
    }

    @Test
    void theAnswerSaysWhatWasAskedAndOnWhichMachine() {
        measured(HERE, "auto", figure("rank-fast", 3002, 3.0));
        JsonNode answer = ask("length=3002&dim=256&heads=4&pass=decode&causal=true&backend=reference");
        assertThat(answer.path("question").toString())
                .isEqualTo(
                        "{\"length\":3002,\"dim\":256,\"heads\":4,\"pass\":\"decode\",\"causal\":true,\"backend\":\"reference\"}");
        assertThat(answer.at("/environment/cpu").asString()).isEqualTo("cpu of the ranking");
        assertThat(answer.at("/environment/threads").asInt()).isEqualTo(4);
        assertThat(answer.path("ranking")).isEmpty();
    }

    @Test
    void onlyFiguresOfExactlyThisQuestionCount() {
        var others = new ArrayList<Map<String, Object>>();
        Map.<String, Object>of("unit", "core", "dtype", "bf16", "batch", 2, "dim", 64, "heads", 1, "pass", "backward")
                .forEach((field, value) ->
                        others.add(row("rank-fast", 3003, row -> row.putAll(Map.of(field, value, "medianMs", 1.0)))));
        others.add(row("rank-fast", 3003, row -> row.putAll(Map.of("implementation", "libtorch", "medianMs", 1.0))));
        others.add(figure("rank-fast", 3004, 1.0));
        measured(HERE, "auto", others.toArray(Map[]::new));
        assertThat(ranked(ask("length=3003"))).isEmpty();
        assertThat(ranked(ask("length=3003&dim=64"))).containsExactly("rank-fast");
        assertThat(ranked(ask("length=3003&heads=1"))).containsExactly("rank-fast");
        assertThat(ranked(ask("length=3003&pass=backward"))).containsExactly("rank-fast");
    }

    @Test
    void aBackendIsTheOneThatWasAskedForOrUsed() {
        measured(HERE, "auto", figure("rank-fast", 3005, 1.0));
        var reference = new HashMap<>(HERE);
        reference.put("backend", "reference");
        measured(reference, "reference", figure("rank-slow", 3005, 1.0));
        assertThat(ranked(ask("length=3005"))).containsExactly("rank-fast");
        assertThat(ranked(ask("length=3005&backend=cpu-vector"))).containsExactly("rank-fast");
        assertThat(ranked(ask("length=3005&backend=reference"))).containsExactly("rank-slow");
        assertThat(ask("length=3005&backend=reference").at("/ranking/0/backend").asString())
                .isEqualTo("reference");
    }

    @Test
    void causalLeavesOutWhatCannotRunCausally() {
        measured(HERE, "auto", figure("rank-both-ways", 3006, 1.0), figure("rank-slow", 3006, 2.0));
        assertThat(ranked(ask("length=3006"))).containsExactly("rank-both-ways", "rank-slow");
        assertThat(ask("length=3006").at("/ranking/0/causal").asBoolean()).isFalse();
        JsonNode causal = ask("length=3006&causal=true");
        assertThat(ranked(causal)).containsExactly("rank-slow");
        assertThat(ids(causal.path("notMeasured"))).doesNotContain("rank-both-ways");
    }

    @Test
    void aRefusedMeasurementIsNoFigureAndItsReasonIsTold() {
        measured(HERE, "auto", row("rank-slow", 3007, row -> row.put("refused", "one run takes 90 s")));
        JsonNode entry = unmeasured(ask("length=3007"), "rank-slow");
        assertThat(entry.path("reason").asString()).isEqualTo("one run takes 90 s");
        assertThat(entry.path("refused").asBoolean()).isTrue();
    }

    @Test
    void figuresOfAnotherMachineDoNotCount() {
        measured(HERE, "auto", figure("rank-slow", 3008, 1.0));
        var fewer = new HashMap<>(HERE);
        fewer.put("threads", 2);
        measured(fewer, "auto", figure("rank-fast", 3008, 5.0));
        JsonNode answer = ask("length=3008");
        assertThat(answer.at("/environment/threads").asInt()).isEqualTo(2);
        assertThat(ranked(answer)).containsExactly("rank-fast");
        assertThat(unmeasured(answer, "rank-slow").path("reason").asString())
                .isEqualTo("measured on another machine only: cpu of the ranking, 4 threads, JDK 25");
        measured(HERE, "auto", figure("rank-fast", 3009, 5.0));
        assertThat(ranked(ask("length=3008"))).containsExactly("rank-slow");
    }

    @Test
    void aRebuiltJarStartsWithoutFigures() {
        registry.add(JarFixture.of("rank-rebuilt"), "rank-rebuilt");
        measured(HERE, "auto", figure("rank-rebuilt", 3010, 1.0));
        assertThat(ranked(ask("length=3010"))).containsExactly("rank-rebuilt");
        registry.add(JarFixture.of("rank-rebuilt").entry("note.txt", "rebuilt"), "rank-rebuilt");
        assertThat(ranked(ask("length=3010"))).isEmpty();
        assertThat(unmeasured(ask("length=3010"), "rank-rebuilt").path("reason").asString())
                .startsWith("not measured yet");
    }

    @Test
    void measurementsOfAnOlderDatabaseAnswerQuestionsAfterItsMigration() throws IOException {
        var jdbc = registry.bean("jdbcClient", JdbcClient.class);
        measured(HERE, "auto", figure("rank-fast", 3011, 1.0));
        measured(HERE, "auto", row("rank-slow", 3011, row -> row.put("refused", "a zero \u0000 inside")));
        jdbc.sql(
                        "update measurement set subject = null, implementation = null, dtype = null, batch = null, length = null,"
                                + " dim = null, heads = null, requested = null where length = 3011")
                .update();
        assertThat(ranked(ask("length=3011"))).isEmpty();
        try (var in = getClass().getResourceAsStream("/db/migration/V3__measurement_question.sql")) {
            Stream.of(new String(in.readAllBytes(), StandardCharsets.UTF_8).split(";"))
                    .filter(statement -> statement.contains("update measurement"))
                    .forEach(statement -> jdbc.sql(statement).update());
        }
        assertThat(ranked(ask("length=3011"))).containsExactly("rank-fast");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dim=512                  | length: expected a value, given nothing",
                "length=0                 | length: must be greater than or equal to 1, given 0",
                "length=4194305           | length: must be less than or equal to 4194304, given 4194305",
                "length=long              | length: expected a whole number, given long",
                "length=64&dim=0          | dim: must be greater than or equal to 1, given 0",
                "length=64&heads=2000     | heads: must be less than or equal to 1024, given 2000",
                "length=64&pass=sideways  | pass: expected one of forward, backward, decode, given sideways",
                "length=64&causal=perhaps | causal: expected true or false, given perhaps",
                "length=64&backend=abacus | backend: must match"
            })
    void aWrongQuestionIsAnsweredWithWhatWasExpected(String query, String sentence) {
        assertThat(registry.anonymous()
                        .get("/api/v1/recommendations?" + query)
                        .problem(400, "invalid-request")
                        .detail())
                .startsWith(sentence);
    }
}
