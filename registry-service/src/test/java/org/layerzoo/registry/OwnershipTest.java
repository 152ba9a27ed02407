package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** What somebody asked for is that person's: others who may run can neither end it nor put something else in its place. */
class OwnershipTest {
    private static final String MINE = "/api/v1/deployments/mine";
    private static final Map<String, Object> WANTED = Map.of("plugin", "owned");
    private static final Map<String, Object> OTHER = Map.of("plugin", "owned", "dtype", "f64");
    private static TestRegistry registry;
    private static Client alice;
    private static Client bob;
    private static Client keeper;

    @BeforeAll
    static void start() {
        registry = TestRegistry.shared();
        registry.add(JarFixture.of("owned"), "owned");
        alice = registry.of("alice", "read", "run");
        bob = registry.of("bob", "read", "run");
        keeper = registry.of("keeper", "admin");
    }

    @BeforeEach
    void noOpenJobs() {
        TestRegistry.shared();
    }

    @AfterEach
    void undeploy() {
        if (alice.get(MINE).status() == 200) {
            registry.admin().delete(MINE).is(204);
        }
        alice.get(MINE).problem(404, "deployment-unknown");
    }

    private static JsonNode benchmark(Client client) {
        var body = Map.of("plugins", List.of(Map.of("id", "owned")));
        return client.post("/api/v1/benchmarks", body).is(202).json();
    }

    private static String path(JsonNode job) {
        return "/api/v1/jobs/" + job.path("id").asString();
    }

    private static JdbcClient database() {
        return registry.bean("jdbcClient", JdbcClient.class);
    }

    @Test
    void aJobIsCancelledByItsOwnerAndByAdministratorsOnly() {
        JsonNode job = benchmark(alice);
        assertThat(job.path("owner").asString()).isEqualTo("alice");
        String detail = bob.delete(path(job)).problem(403, "not-owner").detail();
        assertThat(detail)
                .contains("belongs to alice")
                .contains("expected a token of alice or one of scope admin")
                .contains("given one of bob");
        assertThat(alice.get(path(job)).json().path("state").asString()).isEqualTo("queued");
        Client herOther = registry.of("alice", "run");
        assertThat(herOther.delete(path(job)).is(200).json().path("state").asString())
                .as("another token of hers")
                .isEqualTo("cancelled");
        assertThat(keeper.delete(path(benchmark(alice)))
                        .is(200)
                        .json()
                        .path("state")
                        .asString())
                .isEqualTo("cancelled");
    }

    @Test
    void aRunningJobGoesOnWhenSomebodyElseWantsItCancelled() {
        JsonNode job = benchmark(alice);
        FakeRunner runner = FakeRunner.of(registry, "ownership");
        JsonNode lease = runner.lease("benchmark").orElseThrow();
        bob.delete(path(job)).problem(403, "not-owner");
        assertThat(runner.heartbeat(lease, 0.1, "")
                        .is(200)
                        .json()
                        .path("cancelRequested")
                        .asBoolean())
                .isFalse();
        alice.delete(path(job)).is(200);
        assertThat(runner.heartbeat(lease, 0.2, "")
                        .is(200)
                        .json()
                        .path("cancelRequested")
                        .asBoolean())
                .isTrue();
        runner.fail(lease, "cancelled", false).is(204);
    }

    @Test
    void whatNobodyIsKnownToOwnIsForAllWhoMayRun() {
        JsonNode job = benchmark(alice);
        database()
                .sql("update job set owner = '' where id = ?::uuid")
                .param(job.path("id").asString())
                .update();
        assertThat(bob.get(path(job)).json().path("owner").asString()).isEmpty();
        registry.of("carol", "read", "publish").delete(path(job)).problem(403, "scope-missing");
        bob.delete(path(job)).is(200);

        alice.put(MINE, WANTED).is(201);
        database().sql("update deployment set owner = '' where name = 'mine'").update();
        assertThat(bob.put(MINE, OTHER).is(200).json().path("owner").asString())
                .as("who takes it up owns it")
                .isEqualTo("bob");
        alice.delete(MINE).problem(403, "not-owner");
        bob.delete(MINE).is(204);
    }

    @Test
    void aDeploymentIsChangedAndEndedByItsOwnerAndByAdministratorsOnly() {
        assertThat(alice.put(MINE, WANTED).is(201).json().path("owner").asString())
                .isEqualTo("alice");
        bob.put(MINE, WANTED).is(200); // it is so already, and nothing changes
        assertThat(bob.put(MINE, OTHER).problem(403, "not-owner").detail())
                .contains("deployment 'mine' belongs to alice");
        bob.delete(MINE).problem(403, "not-owner");
        assertThat(bob.get(MINE).json().at("/request/dtype").asString()).isEqualTo("f32");
        registry.of("carol", "read", "publish").delete(MINE).problem(403, "scope-missing");
        assertThat(registry.admin()
                        .put(MINE, OTHER)
                        .is(200)
                        .json()
                        .path("owner")
                        .asString())
                .as("an administrator's change leaves it hers")
                .isEqualTo("alice");
        alice.put(MINE, WANTED).is(200);
        keeper.delete(MINE).is(204);
        bob.put(MINE, WANTED).is(201);
        alice.delete(MINE).problem(403, "not-owner");
        bob.delete(MINE).is(204);
    }

    @Test
    void aFailedDeploymentIsTriedAgainByItsOwnerOnly() {
        alice.put(MINE, WANTED).is(201);
        database()
                .sql("update deployment set state = 'failed', reason = 'no' where name = 'mine'")
                .update();
        bob.put(MINE, WANTED).problem(403, "not-owner");
        assertThat(alice.put(MINE, WANTED).is(200).json().path("state").asString())
                .isEqualTo("starting");
    }

    @Test
    void whatTheAuditLogKnowsOfOwnersIsWhatAMigrationWritesDown() throws Exception {
        JsonNode job = benchmark(alice);
        alice.put(MINE, WANTED).is(201);
        registry.admin().put(MINE, OTHER).is(200);
        alice.put(MINE, WANTED).is(200);
        database().sql("update job set owner = ''").update();
        database().sql("update deployment set owner = ''").update();
        String migration;
        try (var file = OwnershipTest.class.getResourceAsStream("/db/migration/V53__owner.sql")) {
            migration = new String(file.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        }
        for (String statement : migration.split(";")) {
            if (statement.contains("update ")) {
                database().sql(statement).update();
            }
        }
        assertThat(alice.get(path(job)).json().path("owner").asString()).isEqualTo("alice");
        assertThat(alice.get(MINE).json().path("owner").asString()).isEqualTo("alice");
        bob.delete(path(job)).problem(403, "not-owner");
    }

    @Test
    void aVerificationBelongsToThePublisherAlsoWhenItIsAskedForAgain() {
        Publisher publisher = Publisher.of(registry, "publisher-of-owned-jobs");
        JsonNode publication = publisher
                .publish(JarFixture.release("owned-release", "1.0.0"))
                .is(202)
                .json();
        String publications = "/api/v1/publications/" + publication.path("id").asString();
        String first = publication.path("jobId").asString();
        bob.delete("/api/v1/jobs/" + first).problem(403, "not-owner");
        registry.admin().delete("/api/v1/jobs/" + first).is(200);
        TestRegistry.await("the verification is asked for again", () -> !publisher
                .client()
                .get(publications)
                .json()
                .path("jobId")
                .asString()
                .equals(first));
        String second =
                publisher.client().get(publications).json().path("jobId").asString();
        assertThat(bob.get("/api/v1/jobs/" + second).json().path("owner").asString())
                .isEqualTo("publisher-of-owned-jobs");
        bob.delete("/api/v1/jobs/" + second).problem(403, "not-owner");
        // An upload that nobody decides would be verified anew for ever, also by the runners of other tests.
        Publisher.verify(publication, FakeRunner.of(registry, "verifier"), true);
        assertThat(publisher.decided(publication).path("state").asString()).isEqualTo("published");
    }

    @Test
    void administratorsWithoutFurtherScopesMayDoWhatOwnersMayButNotPublish() {
        Publisher publisher = Publisher.of(registry, "publisher-of-administered");
        publisher.published(JarFixture.release("administered", "1.0.0"), FakeRunner.of(registry, "verifier"), true);
        String version = "/api/v1/plugins/administered/versions/1.0.0";
        keeper.post(version + "/yank", Map.of("reason", "broken")).is(200);
        keeper.post(version + "/unyank", Map.of()).is(200);
        keeper.put("/api/v1/plugins/administered/aliases/good", Map.of("version", "1.0.0"))
                .is(200);
        keeper.delete("/api/v1/plugins/administered/aliases/good").is(204);
        keeper.get("/api/v1/publications?plugin=administered").is(200);
        keeper.post("/api/v1/keys", Map.of("name", "k", "publicKey", "x")).problem(403, "scope-missing");
        bob.post(version + "/yank", Map.of()).problem(403, "scope-missing");
        keeper.delete(version).is(204);
    }
}
