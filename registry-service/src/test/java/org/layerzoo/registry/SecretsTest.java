package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** What only its holder may know stands in no log, no audit entry and, but for what signatures need, in no table. */
class SecretsTest {
    private final TestRegistry registry = TestRegistry.shared();
    private final List<String> secrets = new ArrayList<>();
    private final String plugin = "secretive-" + System.nanoTime();

    private String secret(String text) {
        assertThat(text).hasSizeGreaterThan(20);
        secrets.add(text);
        return text;
    }

    /** Uses every secret there is, well and badly. */
    private void useAll() throws IOException {
        Client admin = registry.admin();
        secret(Files.readString(registry.data().resolve("admin.token")).strip());
        JsonNode token = admin.post("/api/v1/tokens", Map.of("name", "secret", "scopes", List.of("read", "run")))
                .is(201)
                .json();
        Client holder = registry.anonymous().token(secret(token.path("token").asString()));
        String url =
                holder.post("/api/v1/session/codes").is(201).json().path("url").asString();
        secret(url.substring(url.indexOf("code=") + 5));
        String cookie =
                registry.anonymous().get(url).is(303).header("Set-Cookie").split(";")[0];
        secret(cookie.substring(cookie.indexOf('=') + 1));
        registry.anonymous().get(url).is(401);
        Client browser = registry.anonymous().with("Cookie", cookie);
        browser.get("/api/v1/session").is(200);
        browser.delete("/api/v1/session").is(403);
        browser.with("Sec-Fetch-Site", "same-origin").delete("/api/v1/session").is(204);
        deploy(holder);
        tell(admin);
        admin.delete("/api/v1/tokens/" + token.path("id").asString()).is(204);
        holder.get("/api/v1/session").is(401);
    }

    private void deploy(Client holder) {
        registry.add(JarFixture.of(plugin), plugin);
        holder.put("/api/v1/deployments/secretive", Map.of("plugin", plugin)).is(201);
        JsonNode hosted = holder.post(
                        "/api/v1/runner/deployments",
                        Map.of("runner", Map.of("name", "secretive"), "deployments", List.of()))
                .is(200)
                .json();
        hosted.path("deployments").forEach(one -> secret(one.path("secret").asString()));
        holder.get("/v2/models/secretive").is(503);
        holder.delete("/api/v1/deployments/secretive").is(204);
    }

    private void tell(Client admin) {
        JsonNode hook = admin.post(
                        "/api/v1/webhooks", Map.of("url", "http://127.0.0.1:9/hook", "events", List.of("ping")))
                .is(201)
                .json();
        secret(hook.path("secret").asString());
        String path = "/api/v1/webhooks/" + hook.at("/webhook/id").asString();
        admin.post(path + "/ping").is(202);
        TestRegistry.await(
                "the ping to fail",
                () -> admin.get(path).json().path("lastState").asString().equals("failed"));
        admin.delete(path).is(204);
    }

    @Test
    void noSecretIsLoggedWhateverIsDoneWithIt() throws IOException {
        var root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        var own = (Logger) LoggerFactory.getLogger("org.layerzoo");
        Level before = own.getLevel();
        var heard = new ListAppender<ILoggingEvent>();
        heard.start();
        root.addAppender(heard);
        own.setLevel(Level.TRACE);
        try {
            useAll();
        } finally {
            own.setLevel(before);
            root.detachAppender(heard);
        }
        String log = heard.list.stream()
                .filter(Objects::nonNull)
                .map(event -> event.getFormattedMessage() + " " + event.getThrowableProxy())
                .collect(Collectors.joining("\n"));
        assertThat(log).as("there is something to look through").contains("catalogued " + plugin);
        String file = Files.readString(registry.data().resolve("registry.log"));
        String audit = registry.admin().get("/api/v1/audit/export").is(200).text();
        assertThat(secrets).hasSizeGreaterThanOrEqualTo(6);
        for (String secret : secrets) {
            assertThat(log.contains(secret))
                    .as("a secret of %s in the log", secret.substring(0, 6))
                    .isFalse();
            assertThat(file.contains(secret))
                    .as("a secret of %s in the file", secret.substring(0, 6))
                    .isFalse();
            assertThat(audit.contains(secret))
                    .as("a secret of %s in the audit log", secret.substring(0, 6))
                    .isFalse();
        }
    }

    @Test
    void theDatabaseHoldsDigestsOfTokensCodesAndSessionsOnly() throws IOException {
        useAll();
        JdbcClient jdbc = registry.bean("jdbcClient", JdbcClient.class);
        for (String table : List.of("token", "session", "session_code", "audit_entry", "webhook_delivery")) {
            String all = String.join(
                    "\n",
                    jdbc.sql("select t::text from " + table + " t")
                            .query(String.class)
                            .list());
            assertThat(secrets).noneMatch(all::contains);
        }
    }
}
