package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class CatalogApiTest {
    private static TestRegistry registry;
    private static String alpha;

    @BeforeAll
    static void addPlugins() {
        registry = TestRegistry.shared();
        alpha = registry.add(
                JarFixture.of("hit-alpha").with("year", 2020).with("summary", "Softmax with tiles."), "hit-alpha");
        registry.add(
                JarFixture.of("hit-beta")
                        .with("kind", "probe")
                        .with("family", "probes")
                        .with("modes", List.of("self-full"))
                        .provider("", "probe", false)
                        .provider("second", "probe", false),
                "hit-beta");
        registry.add(JarFixture.of("hit-gamma").with("backends", List.of("cpu-vector", "cuda")), "hit-gamma");
    }

    private static Answer get(String path) {
        return registry.anonymous().get("/api/v1/plugins" + path);
    }

    private static List<String> ids(JsonNode page) {
        return page.path("items")
                .valueStream()
                .map(item -> item.path("id").asString())
                .toList();
    }

    @Test
    void listsWithQueryFiltersOrderAndPages() {
        assertThat(ids(get("?query=hit-&sort=id").is(200).json()))
                .containsExactly("hit-alpha", "hit-beta", "hit-gamma");
        assertThat(ids(get("?query=hit-&sort=year,desc").json())).containsExactly("hit-beta", "hit-gamma", "hit-alpha");
        assertThat(ids(get("?query=SOFTMAX%20tiles").json())).containsExactly("hit-alpha");
        assertThat(ids(get("?query=hit-&kind=probe").json())).containsExactly("hit-beta");
        assertThat(ids(get("?query=hit-&family=probes").json())).containsExactly("hit-beta");
        assertThat(ids(get("?query=hit-&mode=streaming&sort=id").json())).containsExactly("hit-alpha", "hit-gamma");
        assertThat(ids(get("?query=hit-&backend=cuda&kind=").json())).containsExactly("hit-gamma");
        JsonNode second = get("?query=hit-&size=2&page=1&sort=id").json();
        assertThat(ids(second)).containsExactly("hit-gamma");
        assertThat(second.path("total").asInt()).isEqualTo(3);
        assertThat(second.path("page").asInt()).isEqualTo(1);
        assertThat(second.path("size").asInt()).isEqualTo(2);
    }

    @Test
    void facetsCountUnderTheOtherFilters() {
        JsonNode facets = get("?query=hit-&kind=mixer").json().path("facets");
        assertThat(facets.path("kind").toString())
                .contains("{\"value\":\"mixer\",\"count\":2}", "{\"value\":\"probe\",\"count\":1}");
        assertThat(facets.path("family").toString()).isEqualTo("[{\"value\":\"recurrent-and-ssm\",\"count\":2}]");
        assertThat(facets.path("backend").toString())
                .isEqualTo(
                        "[{\"value\":\"cpu-vector\",\"count\":2},{\"value\":\"cuda\",\"count\":1},{\"value\":\"reference\",\"count\":1}]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?page=-1",
                "?size=0",
                "?size=501",
                "?size=ten",
                "?sort=colour",
                "?sort=year,up",
                "?page=99999999999"
            })
    void namesTheWrongParameter(String query) {
        JsonNode problem = get(query).problem(400, "invalid-request").json();
        String name = query.substring(1, query.indexOf('='));
        String given = query.substring(query.indexOf('=') + 1);
        assertThat(problem.path("errors").get(0).path("field").asString()).isEqualTo(name);
        assertThat(problem.path("errors").get(0).path("given").asString()).isEqualTo(given);
    }

    @Test
    void showsAPluginWithItsProviders() {
        JsonNode plugin = get("/hit-alpha").is(200).json();
        assertThat(plugin.path("version").asString()).isEqualTo("0.1.0+local." + alpha.substring(0, 8));
        assertThat(plugin.path("source").asString()).isEqualTo("local");
        assertThat(plugin.path("authors").toString()).isEqualTo("[\"Ada Lovelace\",\"Alan Turing\"]");
        assertThat(plugin.path("levels").toString())
                .isEqualTo("{\"1\":\"notRun\",\"2\":\"notRun\",\"3\":\"notRun\",\"4\":\"notRun\"}");
        assertThat(plugin.path("level").asInt()).isZero();
        assertThat(plugin.path("verification").isNull()).isTrue();
        JsonNode provider = plugin.path("providers").get(0);
        assertThat(provider.path("parameters").get(0).path("shape").toString()).isEqualTo("[64,16]");
        assertThat(provider.path("matrix").asBoolean()).isTrue();
        assertThat(get("/hit-alpha/versions/latest").json()).isEqualTo(plugin);
        assertThat(get("/hit-alpha/versions/" + plugin.path("version").asString())
                        .json())
                .isEqualTo(plugin);
    }

    @Test
    void theSchemaKeepsTheOrderOfItsFieldsAndCarriesTheDefaults() {
        JsonNode schema = get("/hit-alpha/versions/latest/schema").is(200).json();
        assertThat(schema.path("properties").propertyNames()).containsExactly("state", "dModel");
        assertThat(schema.path("defaults").path("test").path("state").asInt()).isEqualTo(16);
        get("/hit-beta/versions/latest/schema?provider=second").is(200);
        get("/hit-beta/versions/latest/schema?provider=third").problem(404, "provider-unknown");
    }

    @Test
    void theCardIsMarkdownWithItsFormulas() {
        Answer card = get("/hit-alpha/versions/latest/card").is(200);
        assertThat(card.header("Content-Type")).startsWith("text/markdown");
        assertThat(card.text())
                .contains(
                        "# Paper of hit-alpha",
                        "Ada Lovelace",
                        "$h_t = a_t h_{t-1} + b_t x_t$",
                        "**claim-1** linear in length");
    }

    @Test
    void theArtifactIsTheJarWithItsDigest() throws Exception {
        Answer jar = get("/hit-alpha/versions/latest/artifact").is(200);
        assertThat(Digests.sha256(jar.bytes())).isEqualTo(alpha);
        assertThat(jar.bytes()).isEqualTo(Files.readAllBytes(registry.plugins().resolve("hit-alpha.jar")));
        assertThat(jar.header("ETag")).isEqualTo("\"" + alpha + "\"");
        assertThat(jar.header("Digest"))
                .isEqualTo("sha-256="
                        + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(alpha)));
        Client again = registry.anonymous().with("If-None-Match", jar.header("ETag"));
        again.get("/api/v1/plugins/hit-alpha/versions/latest/artifact").is(304);
        Client part = registry.anonymous().with("Range", "bytes=4-9");
        assertThat(part.get("/api/v1/plugins/hit-alpha/versions/latest/artifact")
                        .is(206)
                        .bytes())
                .isEqualTo(Arrays.copyOfRange(jar.bytes(), 4, 10));
    }

    @Test
    void aRangeThatTheFileDoesNotHaveIsAProblemAndNotTheFile() {
        String jar = "/api/v1/plugins/hit-alpha/versions/latest/artifact";
        int size = registry.anonymous().get(jar).is(200).bytes().length;
        for (String range : List.of("bytes=" + size + "-", "bytes=9-4", "bytes=all")) {
            Answer refused = registry.anonymous().with("Range", range).get(jar).problem(416, "range-unsatisfiable");
            assertThat(refused.header("Content-Range")).isEqualTo("bytes */" + size);
            assertThat(refused.header("Cache-Control")).doesNotContain("immutable");
            assertThat(refused.detail()).contains(range);
        }
    }

    @Test
    void unknownPluginsVersionsAndPathsAreProblems() {
        get("/nobody").problem(404, "plugin-unknown");
        get("/nobody/versions").problem(404, "plugin-unknown");
        get("/hit-alpha/versions/9.9.9").problem(404, "version-unknown");
        get("/hit-alpha/versions/9.9.9/card").problem(404, "version-unknown");
        get("/hit-alpha/versions/9.9.9/artifact").problem(404, "version-unknown");
        get("/hit-alpha/colour").problem(404, "not-found");
        registry.anonymous().get("/nowhere.txt").problem(404, "not-found");
        registry.anonymous().send("PUT", "/api/v1/plugins", "{}").problem(405, "method-not-allowed");
        registry.anonymous().with("Accept", "image/png").get("/api/v1/plugins").problem(406, "not-acceptable");
    }

    @Test
    void aNewJarIsCataloguedWithoutBeingAskedFor() {
        get("/cat-new").problem(404, "plugin-unknown");
        String sha256 = registry.add(JarFixture.of("cat-new"), "cat-new");
        assertThat(get("/cat-new").is(200).json().path("sha256").asString()).isEqualTo(sha256);
    }

    @Test
    void aRebuiltJarIsANewUnprovenVersionAndTheOldOneLosesItsArtifact() {
        String old = registry.add(JarFixture.of("cat-rebuilt"), "cat-rebuilt");
        String oldVersion = "0.1.0+local." + old.substring(0, 8);
        String now = registry.add(JarFixture.of("cat-rebuilt").entry("more.txt", "changed"), "cat-rebuilt");
        JsonNode versions = get("/cat-rebuilt/versions").is(200).json();
        assertThat(versions.path("total").asInt()).isEqualTo(2);
        assertThat(versions.path("items").get(0).path("sha256").asString()).isEqualTo(now);
        assertThat(versions.path("items").get(0).path("present").asBoolean()).isTrue();
        assertThat(versions.path("items").get(1).path("sha256").asString()).isEqualTo(old);
        assertThat(versions.path("items").get(1).path("present").asBoolean()).isFalse();
        get("/cat-rebuilt/versions/" + oldVersion).is(200);
        get("/cat-rebuilt/versions/" + oldVersion + "/artifact").problem(404, "artifact-gone");
    }

    @Test
    void theFirstFolderThatHasAnIdWinsAndARemovedJarLeavesTheList() throws Exception {
        String other = JarFixture.of("cat-twice")
                .entry("which.txt", "second folder")
                .into(registry.morePlugins(), "cat-twice.jar");
        TestRegistry.await("the second folder's jar", () -> get("/cat-twice").status() == 200);
        String first = registry.add(JarFixture.of("cat-twice"), "cat-twice");
        assertThat(first).isNotEqualTo(other);
        Files.delete(registry.plugins().resolve("cat-twice.jar"));
        TestRegistry.await(
                "the second folder's jar again",
                () -> get("/cat-twice").json().path("sha256").asString().equals(other));
        Files.delete(registry.morePlugins().resolve("cat-twice.jar"));
        TestRegistry.await(
                "no jar at all",
                () -> get("?query=cat-twice").json().path("total").asInt() == 0);
        get("/cat-twice").problem(404, "version-unknown");
    }

    @Test
    void aTruncatedJarBecomesANamedProblemUntilItIsWhole() throws Exception {
        byte[] whole = JarFixture.of("cat-cut").bytes();
        var file = registry.plugins().resolve("cat-cut.jar");
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        TestRegistry.await(
                "a problem",
                () -> problemOf("cat-cut.jar").path("code").asString("").equals("jar-corrupt"));
        assertThat(problemOf("cat-cut.jar").path("detail").asString()).contains("expected a whole zip archive");
        get("/cat-cut").problem(404, "plugin-unknown");
        Files.write(file, whole);
        TestRegistry.await("the plugin", () -> get("/cat-cut").status() == 200);
        assertThat(problemOf("cat-cut.jar").isMissingNode()).isTrue();
    }

    private static JsonNode problemOf(String file) {
        return registry.anonymous()
                .get("/api/v1/catalog/problems?size=500")
                .is(200)
                .json()
                .path("items")
                .valueStream()
                .filter(problem -> problem.path("file").asString().equals(file))
                .findFirst()
                .orElse(tools.jackson.databind.node.MissingNode.getInstance());
    }

    @Test
    void servesItsContractAndNoLocalPluginToUpdateClients() {
        assertThat(registry.anonymous().get("/openapi.yaml").is(200).text()).startsWith("openapi: 3.0.3");
        assertThat(registry.anonymous().get("/plugins.json").is(200).text())
                .startsWith("[")
                .doesNotContain("local");
        assertThat(registry.anonymous()
                        .get("/actuator/health")
                        .is(200)
                        .json()
                        .path("status")
                        .asString())
                .isEqualTo("UP");
        assertThat(registry.anonymous().get("/actuator/prometheus").is(200).text())
                .contains("jvm_memory_used_bytes");
    }
}
