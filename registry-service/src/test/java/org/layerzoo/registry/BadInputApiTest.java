package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Each wrong request is answered with one sentence that names what was wrong, what was expected and what was given. */
class BadInputApiTest {
    private static TestRegistry registry;
    private static Client user;

    @BeforeAll
    static void addPlugins() {
        registry = TestRegistry.shared();
        JarFixture.of("bad-recipe")
                .with("kind", "recipe")
                .provider("", "recipe", false)
                .into(registry.plugins(), "bad-recipe.jar");
        registry.add(JarFixture.of("bad-a").provider("small", "layer", true), "bad-a");
        user = registry.withScopes("read", "run");
    }

    @BeforeEach
    void noOpenJobs() {
        TestRegistry.shared();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{                                               | expected JSON, given text that is none in line 1",
                "[]                                              | expected an object, given a list",
                "\"bad-a\"                                       | expected an object, given text",
                "{\"plugins\":\"bad-a\"}                         | plugins: expected a list, given text",
                "{\"plugins\":[7]}                               | plugins[0]: expected an object, given a number",
                "{\"plugins\":[{\"id\":\"bad-a\",\"colour\":1}]} | plugins[0].colour: expected a field that is one of [",
                "{\"plugins\":[],\"lenghts\":[64]}               | lenghts: expected a field that is one of [",
                "{\"plugins\":[],\"lengths\":[\"a\"]}            | lengths[0]: expected a whole number, given \"a\"",
                "{\"plugins\":[],\"lengths\":[1.5]}              | lengths[0]: expected a whole number, given '1.5'",
                "{\"plugins\":[],\"lengths\":[true]}             | lengths[0]: expected a whole number, given true or false",
                "{\"plugins\":[],\"lengths\":[1000000000000]}    | lengths[0]: expected a number in range, given Numeric value (1000000000000) out of range",
                "{\"plugins\":[],\"heads\":\"8\"}                | heads: expected a whole number, given \"8\"",
                "{\"plugins\":[],\"heads\":{}}                   | heads: expected a whole number, given an object"
            })
    void aBodyOfAnotherFormIsNamedByFieldWithoutAWordOfJava(String body, String sentence) {
        Answer answer = user.post("/api/v1/benchmarks", body).problem(400, "body-unreadable");
        assertThat(answer.detail()).startsWith(sentence).doesNotContain("java", "org.layerzoo", "Token", "REDACTED");
    }

    @Test
    void aWrongChoiceInABodyIsAnsweredWithTheRightOnes() {
        assertThat(registry.admin()
                        .post("/api/v1/tokens", Map.of("name", "x", "scopes", List.of("god")))
                        .problem(400, "body-unreadable")
                        .detail())
                .isEqualTo("scopes[0]: expected one of read, run, publish, admin, given 'god'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lengths | [-1]             | lengths[0]: must be greater than or equal to 1, given -1",
                "lengths | [4194305]        | lengths[0]: must be less than or equal to 4194304, given 4194305",
                "lengths | []               | lengths: size must be between 1 and 32, given 0 items",
                "batch   | 0                | batch: must be greater than or equal to 1, given 0",
                "dim     | 1000000000       | dim: must be less than or equal to 65536, given 1000000000",
                "pass    | \"sideways\"     | pass: expected one of forward, backward, decode, given sideways",
                "dtype   | \"f8\"           | dtype: expected one of f32, bf16, f16, f64, given f8",
                "backend | \"abacus\"       | backend: must match",
                "plugins | null             | plugins: must not be null, given nothing"
            })
    void aValueOutOfRangeIsNamedByField(String field, String value, String sentence) {
        String plugins = field.equals("plugins") ? "" : "\"plugins\":[{\"id\":\"bad-a\"}],";
        String body = "{" + plugins + "\"" + field + "\":" + value + "}";
        Answer answer = user.post("/api/v1/benchmarks", body).problem(400, "invalid-request");
        assertThat(answer.detail()).startsWith(sentence);
        assertThat(answer.json().at("/errors/0/field").asString()).startsWith(field);
    }

    @Test
    void aLongOrCrowdedValueIsToldInShort() {
        String crowd = "{\"plugins\":[" + "{\"id\":\"bad-a\"},".repeat(40) + "{\"id\":\"bad-a\"}]}";
        assertThat(user.post("/api/v1/benchmarks", crowd)
                        .problem(400, "invalid-request")
                        .detail())
                .isEqualTo("plugins: size must be between 1 and 32, given 41 items");
        String id = "x".repeat(10_000);
        assertThat(user.post("/api/v1/benchmarks", Map.of("plugins", List.of(Map.of("id", id))))
                        .problem(400, "invalid-request")
                        .detail())
                .endsWith("… (10000 characters)")
                .hasSizeLessThan(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nope        | 404 | plugin-unknown   | expected the id of a catalogued plugin, given 'nope'",
                "bad-a/large | 404 | provider-unknown | one of [bad-a, bad-a/small], given 'bad-a/large'",
                "bad-recipe  | 400 | invalid-request  | plugins: expected a provider of kind layer, bad-recipe is one of kind recipe"
            })
    void whatCannotBeMeasuredIsSaidBeforeAnyJob(String id, int status, String code, String part) {
        Answer answer = user.post("/api/v1/benchmarks", Map.of("plugins", List.of(Map.of("id", id))));
        assertThat(answer.problem(status, code).detail()).contains(part);
        assertThat(registry.anonymous()
                        .get("/api/v1/jobs?state=queued")
                        .json()
                        .path("total")
                        .asInt())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "page=-1           | page: must be greater than or equal to 0, given -1",
                "page=one          | page: expected a whole number, given one",
                "page=1000001      | page: must be less than or equal to 1000000, given 1000001",
                "size=0            | size: must be greater than or equal to 1, given 0",
                "size=100000       | size: must be less than or equal to 500, given 100000",
                "sort=colour       | sort: must match",
                "sort=id;drop      | sort: must match",
                "query=%FF         | expected parameters of plain UTF-8"
            })
    void aWrongParameterOfAListIsNamed(String query, String sentence) {
        assertThat(registry.anonymous()
                        .get("/api/v1/plugins?" + query)
                        .problem(400, "invalid-request")
                        .detail())
                .startsWith(sentence);
    }

    @Test
    void methodsAndMediaTypesThatNoResourceTakesAreProblems() {
        Client admin = registry.admin();
        admin.send("PATCH", "/api/v1/jobs", "{}").problem(405, "method-not-allowed");
        admin.send("DELETE", "/api/v1/plugins/bad-a", null).problem(405, "method-not-allowed");
        assertThat(admin.send("TRACE", "/api/v1/plugins", null)
                        .problem(405, "method-not-allowed")
                        .detail())
                .contains("TRACE");
        assertThat(admin.send("POST", "/nowhere", "{}")
                        .problem(405, "method-not-allowed")
                        .detail())
                .contains("POST");
        assertThat(user.with("Content-Type", "text/plain")
                        .post("/api/v1/benchmarks", "{}")
                        .status())
                .isEqualTo(415);
    }

    @Test
    void aJobIsCancelledTwiceAsOnce() {
        JsonNode job = user.post("/api/v1/benchmarks", Map.of("plugins", List.of(Map.of("id", "bad-a"))))
                .is(202)
                .json();
        String path = "/api/v1/jobs/" + job.path("id").asString();
        JsonNode once = user.delete(path).is(200).json();
        assertThat(once.path("state").asString()).isEqualTo("cancelled");
        assertThat(user.delete(path).is(200).json()).isEqualTo(once);
    }
}
