package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.FileSystemUtils;

/** A registry with an embedded database, spoken to over HTTP. Tests share one; those that break things start their own. */
public final class TestRegistry implements AutoCloseable {
    private static TestRegistry shared;

    private final Path folder;
    private final ConfigurableApplicationContext context;
    private final String base;

    private TestRegistry(Path folder, ConfigurableApplicationContext context) {
        this.folder = folder;
        this.context = context;
        this.base = RegistryApplication.address(context);
    }

    /** The registry that tests share: a lease lasts five seconds. It has no jobs when this returns. */
    public static synchronized TestRegistry shared() {
        if (shared == null) {
            Path folder = newFolder();
            shared = start(folder, Optional.empty());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> shared.closeAndDelete()));
        }
        shared.endAllJobs();
        return shared;
    }

    public static TestRegistry start(Path folder, Optional<String> databaseUrl) {
        return start(folder, databaseUrl, false);
    }

    /** A registry that does {@code byItself} what a user's does: the first comparison, verifications in the background. */
    public static TestRegistry start(Path folder, Optional<String> databaseUrl, boolean byItself) {
        var options = new Options(
                "127.0.0.1",
                0,
                folder.resolve("data"),
                databaseUrl,
                List.of(folder.resolve("plugins"), folder.resolve("more-plugins")),
                byItself,
                byItself,
                false,
                true);
        return new TestRegistry(folder, RegistryApplication.start(options, settings(), InstantSource.system()));
    }

    /** A registry that does nothing by itself and has further settings. */
    public static TestRegistry start(Path folder, String databaseUrl, Map<String, Object> more) {
        var options = new Options(
                "127.0.0.1",
                0,
                folder.resolve("data"),
                Optional.of(databaseUrl),
                List.of(folder.resolve("plugins"), folder.resolve("more-plugins")),
                false,
                false,
                false,
                true);
        var all = new HashMap<>(settings());
        all.putAll(more);
        return new TestRegistry(folder, RegistryApplication.start(options, all, InstantSource.system()));
    }

    /** A registry that does nothing by itself and whose wall clock is the test's. */
    public static TestRegistry start(Path folder, InstantSource clock) {
        return new TestRegistry(folder, RegistryApplication.start(quiet(folder), settings(), clock));
    }

    /** A registry that does nothing by itself, with settings of the test's own. */
    public static TestRegistry start(Path folder, Map<String, Object> more) {
        var all = new HashMap<>(settings());
        all.putAll(more);
        return new TestRegistry(folder, RegistryApplication.start(quiet(folder), all, InstantSource.system()));
    }

    private static Options quiet(Path folder) {
        return new Options(
                "127.0.0.1",
                0,
                folder.resolve("data"),
                Optional.empty(),
                List.of(folder.resolve("plugins"), folder.resolve("more-plugins")),
                false,
                false,
                false,
                true);
    }

    private static Map<String, Object> settings() {
        return Map.of(
                "zoo.jobs.lease", "5s",
                "zoo.jobs.max-attempts", "2",
                "zoo.jobs.listeners", "40",
                "zoo.serving.lease", "5s",
                "zoo.publish.retry-pause", "1s",
                "zoo.webhooks.allow", "127.0.0.1",
                "zoo.webhooks.attempts", "3",
                "zoo.webhooks.first-pause", "250ms",
                "zoo.webhooks.timeout", "5s");
    }

    public static Path newFolder() {
        try {
            return Files.createTempDirectory("registry-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path plugins() {
        return folder.resolve("plugins");
    }

    public Path morePlugins() {
        return folder.resolve("more-plugins");
    }

    public Path data() {
        return folder.resolve("data");
    }

    public Client anonymous() {
        return Client.anonymous(base);
    }

    public Client admin() {
        try {
            return anonymous()
                    .token(Files.readString(data().resolve("admin.token")).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Client withScopes(String... scopes) {
        return of("test", scopes);
    }

    /** Somebody with a token. */
    public Client of(String owner, String... scopes) {
        var body = Map.of("name", owner + " laptop", "owner", owner, "scopes", List.of(scopes));
        return anonymous()
                .token(admin().post("/api/v1/tokens", body)
                        .is(201)
                        .json()
                        .path("token")
                        .asString());
    }

    public <T> T bean(String name, Class<T> type) {
        return context.getBean(name, type);
    }

    /** Adds a jar and waits until the catalogue has just this one as the plugin's latest version. */
    public String add(JarFixture jar, String id) {
        String sha256 = jar.into(plugins(), id + ".jar");
        await("plugin " + id, () -> {
            Answer answer = anonymous().get("/api/v1/plugins/" + id);
            return answer.status() == 200
                    && answer.json().path("sha256").asString().equals(sha256);
        });
        return sha256;
    }

    /** Waits for a condition and fails when it does not come within minutes, which a machine that does much else may need. */
    public static void await(String what, Supplier<Boolean> condition) {
        await(what, Duration.ofMinutes(3), condition);
    }

    /** Waits for a condition and fails when it does not come in time. */
    public static void await(String what, Duration patience, Supplier<Boolean> condition) {
        Instant end = Instant.now().plus(patience);
        while (!condition.get()) {
            assertThat(Instant.now()).as("waited for: " + what).isBefore(end);
            try {
                Thread.sleep(Duration.ofMillis(50));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    /** Ends what other tests left open, so that a lease gets the job of the test that asks for it. */
    private void endAllJobs() {
        admin().get("/api/v1/jobs?state=queued&size=500").json().path("items").forEach(job -> admin().delete(
                        "/api/v1/jobs/" + job.path("id").asString())
                .is(200));
        admin().get("/api/v1/jobs?state=running&size=500").json().path("items").forEach(job -> admin().delete(
                        "/api/v1/jobs/" + job.path("id").asString())
                .is(200));
        await(
                "no open job",
                () -> admin().get("/api/v1/jobs?state=running")
                                .json()
                                .path("total")
                                .asInt()
                        == 0);
    }

    @Override
    public void close() {
        context.close();
    }

    private void closeAndDelete() {
        close();
        delete(folder);
    }

    /** The database may still be writing its last files, so this tries until all is gone. */
    public static void delete(Path folder) {
        await("the folder to be deleted", () -> {
            try {
                FileSystemUtils.deleteRecursively(folder);
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }
}
