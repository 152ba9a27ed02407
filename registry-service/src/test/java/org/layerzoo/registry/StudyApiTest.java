package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class StudyApiTest {
    private static final Path RESULTS = Path.of("../docs/results");
    private final Client reader = TestRegistry.shared().anonymous();

    @Test
    void everyStudyIsListedWithItsRowsItsDayAndItsDigest() {
        JsonNode page = reader.get("/api/v1/studies").is(200).json();
        assertThat(page.path("total").asInt()).isEqualTo(page.path("items").size());
        assertThat(page.path("items").valueStream().map(item -> item.path("name")
                        .asString()))
                .contains("claims", "recall", "scaling")
                .isSorted();
        assertThat(page.path("items")).allSatisfy(item -> {
            String name = item.path("name").asString();
            Answer study = reader.get("/api/v1/studies/" + name).is(200);
            assertThat(item.path("command").asString()).isEqualTo("./zoo study " + name);
            assertThat(item.path("date").asString()).matches("\\d{4}-\\d{2}-\\d{2}");
            assertThat(item.path("rows").asInt())
                    .isEqualTo(study.json()
                            .path(name.equals("claims") ? "claims" : "rows")
                            .size())
                    .isPositive();
            assertThat(item.path("size").asLong()).isEqualTo(study.bytes().length);
            assertThat(item.path("sha256").asString()).isEqualTo(Digests.sha256(study.bytes()));
        });
        JsonNode second = reader.get("/api/v1/studies?size=1&page=1").is(200).json();
        assertThat(second.path("items")).containsExactly(page.path("items").get(1));
    }

    @Test
    void aStudyIsTheFileThatTheRepositoryHolds() throws IOException {
        for (String name : List.of("recall", "scaling", "claims")) {
            assertThat(reader.get("/api/v1/studies/" + name).is(200).bytes())
                    .as(name)
                    .isEqualTo(Files.readAllBytes(RESULTS.resolve(name + ".json")));
        }
    }

    @Test
    void whoHasTheDocumentIsNotSentItAgain() {
        Answer first = reader.get("/api/v1/studies/claims").is(200);
        assertThat(first.header("Content-Type")).isEqualTo("application/json");
        assertThat(first.header("Cache-Control")).isEqualTo("no-cache");
        assertThat(first.header("ETag")).isEqualTo("\"" + Digests.sha256(first.bytes()) + "\"");
        Answer again = reader.with("If-None-Match", first.header("ETag"))
                .get("/api/v1/studies/claims")
                .is(304);
        assertThat(again.bytes()).isEmpty();
        reader.with("If-None-Match", "\"other\"").get("/api/v1/studies/claims").is(200);
    }

    @Test
    void anUnknownStudyIsAProblemThatNamesTheOthers() {
        assertThat(reader.get("/api/v1/studies/colours")
                        .problem(404, "study-unknown")
                        .detail())
                .contains("recall", "scaling", "given 'colours'");
        reader.get("/api/v1/studies/..%2Fapplication").is(400);
        reader.post("/api/v1/studies", "{}").is(405);
        reader.get("/api/v1/studies?size=0").problem(400, "invalid-request");
    }
}
