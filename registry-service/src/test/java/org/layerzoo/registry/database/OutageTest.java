package org.layerzoo.registry.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.layerzoo.figures.Figures;
import org.layerzoo.registry.Client;
import org.layerzoo.registry.JarFixture;
import org.layerzoo.registry.TestRegistry;

class OutageTest {
    /** Seconds without a database. */
    private static final int AWAY = Integer.getInteger("zoo.reliability.away", 2);

    private final Path folder = TestRegistry.newFolder();

    @AfterEach
    void delete() {
        TestRegistry.delete(folder);
    }

    private static String benchmark(TestRegistry registry) {
        var wanted = Map.of("plugins", List.of(Map.of("id", "out-a")));
        return registry.admin()
                .post("/api/v1/benchmarks", wanted)
                .is(202)
                .json()
                .path("id")
                .asString();
    }

    @Test
    void withoutItsDatabaseTheServiceAnswersWithAProblemAndRecoversWhenItIsBack() {
        PostgresServer server = PostgresServer.prepare(folder.resolve("server"), ServerUser.detect());
        server.start();
        var figures = Figures.of(OutageTest.class, "no database for " + AWAY + " s");
        String url = server.url() + "?user=" + server.userName() + "&password=" + server.password();
        try (TestRegistry registry = TestRegistry.start(folder, Optional.of(url))) {
            registry.add(JarFixture.of("out-a"), "out-a");
            String job = benchmark(registry);
            server.stop();
            Client anonymous = registry.anonymous();
            anonymous.get("/api/v1/plugins").problem(503, "database-unavailable");
            anonymous.get("/api/v1/jobs/" + job).problem(503, "database-unavailable");
            registry.admin().get("/api/v1/tokens").problem(503, "database-unavailable");
            anonymous.get("/actuator/health").is(503);
            anonymous.get("/openapi.yaml").is(200);
            stayAway(anonymous, figures);
            server.start();
            long back = System.nanoTime();
            TestRegistry.await(
                    "the service to recover",
                    () -> anonymous.get("/api/v1/plugins").status() == 200);
            figures.with("answers again after s", (System.nanoTime() - back) / 1e9);
            assertThat(anonymous
                            .get("/api/v1/jobs/" + job)
                            .is(200)
                            .json()
                            .path("state")
                            .asString())
                    .isEqualTo("queued");
            TestRegistry.await("health", () -> anonymous.get("/actuator/health").status() == 200);
            figures.done();
        } finally {
            server.stop();
        }
    }

    /** For as long as the database is away each request is answered, none waits until it is back. */
    private static void stayAway(Client anonymous, Figures figures) {
        long end = System.nanoTime() + Duration.ofSeconds(AWAY).toNanos();
        long longest = 0;
        int asked = 0;
        do {
            long begun = System.nanoTime();
            anonymous.get("/api/v1/plugins").problem(503, "database-unavailable");
            longest = Math.max(longest, System.nanoTime() - begun);
            asked++;
        } while (System.nanoTime() < end);
        figures.with("requests answered 503", asked).with("longest of them s", longest / 1e9);
    }

    @Test
    void aKilledEmbeddedDatabaseIsStartedAgainAndHasLostNothing() throws Exception {
        try (TestRegistry registry = TestRegistry.start(folder, Optional.empty())) {
            registry.add(JarFixture.of("out-a"), "out-a");
            String job = benchmark(registry);
            Path pidFile = registry.data().resolve("postgres/data/postmaster.pid");
            long pid = Long.parseLong(Files.readAllLines(pidFile).getFirst());
            ProcessHandle killed = ProcessHandle.of(pid).orElseThrow();
            killed.destroyForcibly();
            killed.onExit().join();
            Client anonymous = registry.anonymous();
            TestRegistry.await(
                    "the database to be back",
                    () -> anonymous.get("/api/v1/jobs/" + job).status() == 200);
            assertThat(Long.parseLong(Files.readAllLines(pidFile).getFirst())).isNotEqualTo(pid);
            assertThat(benchmark(registry)).isNotEqualTo(job);
        }
    }

    /** As root this changes to another user; other users are not changed. */
    @Test
    void theServerRunsAlsoWhereUserNamespacesAreForbidden() {
        boolean root = "root".equals(System.getProperty("user.name"));
        ServerUser user = root ? ServerUser.other() : ServerUser.detect();
        assertThat(user.owner().isPresent()).isEqualTo(root);
        Path open = folder.resolve("server");
        folder.toFile().setExecutable(true, false);
        PostgresServer server = PostgresServer.prepare(open, user);
        server.start();
        assertThat(server.process()).isPresent();
        server.stop();
        assertThat(server.process()).isEmpty();
    }
}
