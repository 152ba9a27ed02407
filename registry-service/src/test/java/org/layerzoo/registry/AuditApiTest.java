package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AuditApiTest {
    private static TestRegistry registry;

    @BeforeAll
    static void start() {
        registry = TestRegistry.shared();
    }

    private static JdbcClient jdbc() {
        return registry.bean("jdbcClient", JdbcClient.class);
    }

    @Test
    void aChangeIsWrittenDownWithWhoAndWhatAndTheCallersTrace() {
        String trace = "0af7651916cd43dd8448eb211c80319c";
        String name = "audited " + System.nanoTime();
        JsonNode token = registry.admin()
                .with("traceparent", "00-" + trace + "-b7ad6b7169203331-01")
                .post("/api/v1/tokens", Map.of("name", name, "owner", "olga", "scopes", List.of("read")))
                .is(201)
                .json();
        String subject = "token%20" + token.path("id").asString();
        JsonNode entry = registry.admin()
                .get("/api/v1/audit?subject=" + subject)
                .is(200)
                .json()
                .path("items")
                .get(0);
        assertThat(entry.path("action").asString()).isEqualTo("token.create");
        assertThat(entry.path("actor").asString()).isEqualTo("administrator of this machine");
        assertThat(entry.path("trace").asString()).isEqualTo(trace);
        assertThat(entry.path("detail").asString()).contains(name, "olga");
        assertThat(entry.path("after").asString()).hasSize(64);
        assertThat(entry.toString()).doesNotContain(token.path("token").asString());
        registry.admin().delete("/api/v1/tokens/" + token.path("id").asString()).is(204);
        JsonNode both = registry.admin().get("/api/v1/audit?subject=" + subject).json();
        assertThat(both.path("total").asInt()).isEqualTo(2);
        assertThat(both.path("items").get(0).path("action").asString()).isEqualTo("token.delete");
        JsonNode filtered = registry.admin()
                .get("/api/v1/audit?action=token.delete&subject=" + subject)
                .json();
        assertThat(filtered.path("total").asInt()).isEqualTo(1);
        assertThat(registry.admin()
                        .get("/api/v1/audit?until=2001-01-01T00:00:00Z")
                        .json()
                        .path("total")
                        .asInt())
                .isZero();
    }

    @Test
    void theDatabaseItselfRefusesToChangeOrDeleteAnEntry() {
        for (String statement :
                List.of("update audit_entry set actor = 'nobody'", "delete from audit_entry", "truncate audit_entry")) {
            assertThatThrownBy(() -> jdbc().sql(statement).update())
                    .isInstanceOf(DataAccessException.class)
                    .hasMessageContaining("append-only");
        }
    }

    @Test
    void theExportIsTheWholeChainAndAForgedEntryShows() {
        String[] lines =
                registry.admin().get("/api/v1/audit/export").is(200).text().split("\n");
        String previous = "0".repeat(64);
        for (int i = 0; i < lines.length; i++) {
            JsonNode entry = JsonMapper.shared().readTree(lines[i]);
            assertThat(entry.path("sequence").asLong()).isEqualTo(i + 1);
            assertThat(entry.path("previous").asString()).isEqualTo(previous);
            previous = entry.path("hash").asString();
        }
        JsonNode check = registry.admin().get("/api/v1/audit/check").is(200).json();
        assertThat(check.path("whole").asBoolean()).isTrue();
        assertThat(check.path("entries").asLong()).isGreaterThanOrEqualTo(lines.length);
        jdbc().sql("alter table audit_entry disable trigger audit_entry_stays").update();
        try {
            jdbc().sql("update audit_entry set detail = detail || '!' where sequence = 1")
                    .update();
            JsonNode forged =
                    registry.admin().get("/api/v1/audit/check").is(200).json();
            assertThat(forged.path("whole").asBoolean()).isFalse();
            assertThat(forged.path("broken").asLong()).isEqualTo(1);
            jdbc().sql("update audit_entry set detail = left(detail, -1) where sequence = 1")
                    .update();
        } finally {
            jdbc().sql("alter table audit_entry enable trigger audit_entry_stays")
                    .update();
        }
        assertThat(registry.admin()
                        .get("/api/v1/audit/check")
                        .json()
                        .path("whole")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void onlyAdministratorsSeeTheLog() {
        for (String path : List.of("/api/v1/audit", "/api/v1/audit/check", "/api/v1/audit/export")) {
            registry.anonymous().get(path).problem(401, "token-missing");
            registry.withScopes("read", "run", "publish").get(path).problem(403, "scope-missing");
        }
    }

    @Test
    void whoAsksForAJobCancelsItOrEndsItIsWrittenDown() {
        registry.add(JarFixture.of("audited-job"), "audited-job");
        Client user = registry.withScopes("read", "run");
        var wanted = Map.of("plugins", List.of(Map.of("id", "audited-job")), "level", 1);
        JsonNode cancelled = user.post("/api/v1/verifications", wanted).is(202).json();
        user.delete("/api/v1/jobs/" + cancelled.path("id").asString()).is(200);
        assertThat(actions(cancelled)).containsExactly("job.end", "job.cancel", "job.create");

        JsonNode run = user.post("/api/v1/verifications", wanted).is(202).json();
        FakeRunner runner = FakeRunner.of(registry, "audited-runner");
        JsonNode lease = runner.lease(10, "verification").orElseThrow();
        user.delete("/api/v1/jobs/" + run.path("id").asString()).is(200);
        user.delete("/api/v1/jobs/" + run.path("id").asString()).is(200);
        runner.fail(lease, "cancelled", false).is(204);
        assertThat(actions(run)).containsExactly("job.end", "job.cancel", "job.create");
        assertThat(entries(run).get(0).path("detail").asString()).isEqualTo("verification of audited-job: cancelled");

        JsonNode failed = user.post("/api/v1/verifications", wanted).is(202).json();
        runner.fail(runner.lease(10, "verification").orElseThrow(), "limit-time", false)
                .is(204);
        assertThat(actions(failed)).containsExactly("job.end", "job.create");
    }

    private static JsonNode entries(JsonNode job) {
        return registry.admin()
                .get("/api/v1/audit?subject=job%20" + job.path("id").asString())
                .is(200)
                .json()
                .path("items");
    }

    private static List<String> actions(JsonNode job) {
        return entries(job)
                .valueStream()
                .map(entry -> entry.path("action").asString())
                .toList();
    }

    @Test
    void signingInAndOutIsWrittenDownOnce() {
        JsonNode token = registry.admin()
                .post("/api/v1/tokens", Map.of("name", "signs out", "scopes", List.of("read")))
                .is(201)
                .json();
        Client holder = registry.anonymous().token(token.path("token").asString());
        String code =
                holder.post("/api/v1/session/codes").is(201).json().path("url").asString();
        String cookie =
                registry.anonymous().get(code).is(303).header("Set-Cookie").split(";")[0];
        Client browser = registry.anonymous().with("Cookie", cookie).with("Sec-Fetch-Site", "same-origin");
        browser.delete("/api/v1/session").is(204);
        browser.delete("/api/v1/session").is(204);
        assertThat(registry.admin()
                        .get("/api/v1/audit?subject=token%20" + token.path("id").asString())
                        .json()
                        .path("items")
                        .valueStream()
                        .map(entry -> entry.path("action").asString()))
                .containsExactly("session.close", "session.open", "session.code", "token.create");
    }
}
