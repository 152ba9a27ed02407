package org.layerzoo.registry.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.layerzoo.registry.Client;
import org.layerzoo.registry.TestRegistry;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The tests' registry may call 127.0.0.1, tries three times, and waits a quarter of a second at first. */
class WebhookApiTest {
    private static final String HOOKS = "/api/v1/webhooks";
    private static final Pattern SIGNATURE = Pattern.compile("t=(\\d+),v1=([0-9a-f]{64})");
    private static TestRegistry registry;
    private static Client admin;

    @BeforeAll
    static void start() {
        registry = TestRegistry.shared();
        admin = registry.admin();
    }

    @AfterEach
    void removeAll() {
        admin.get(HOOKS + "?size=500").json().path("items").forEach(hook -> admin.delete(
                        HOOKS + "/" + hook.path("id").asString())
                .is(204));
    }

    private static JsonNode hook(String url, String... events) {
        return admin.post(HOOKS, Map.of("url", url, "events", List.of(events), "name", "test"))
                .is(201)
                .json();
    }

    private static String id(JsonNode made) {
        return made.at("/webhook/id").asString();
    }

    private static List<JsonNode> deliveries(JsonNode made) {
        return admin.get(HOOKS + "/" + id(made) + "/deliveries")
                .is(200)
                .json()
                .path("items")
                .valueStream()
                .toList();
    }

    private static JsonNode settled(JsonNode made) {
        TestRegistry.await(
                "the delivery to end",
                () -> !deliveries(made).isEmpty()
                        && deliveries(made).stream()
                                .noneMatch(d -> d.path("state").asString().equals("pending")));
        return deliveries(made).getFirst();
    }

    private static void change(String name) {
        JsonNode token = admin.post("/api/v1/tokens", Map.of("name", name, "scopes", List.of("read")))
                .is(201)
                .json();
        admin.delete("/api/v1/tokens/" + token.path("id").asString()).is(204);
    }

    @Test
    void aChangeIsToldOnceWithASignatureThatTheSecretProves() {
        try (var receiver = new Receiver()) {
            JsonNode made = hook(receiver.url("/hook?key=1"), "token.create");
            change("told to a webhook");
            JsonNode delivery = settled(made);
            assertThat(delivery.path("state").asString()).isEqualTo("delivered");
            assertThat(delivery.path("status").asInt()).isEqualTo(204);
            assertThat(delivery.path("attempts").asInt()).isEqualTo(1);
            assertThat(receiver.received()).hasSize(1);
            var received = receiver.received().getFirst();
            assertThat(received.event()).isEqualTo("token.create");
            assertThat(received.delivery()).isEqualTo(delivery.path("id").asString());
            JsonNode event = JsonMapper.shared().readTree(received.body());
            assertThat(event.path("detail").asString()).contains("told to a webhook");
            assertThat(event).isEqualTo(delivery.path("payload"));
            Matcher signature = SIGNATURE.matcher(received.signature());
            assertThat(signature.matches()).isTrue();
            String secret = made.path("secret").asString();
            assertThat(signature.group(2))
                    .isEqualTo(Sender.signature(secret, Long.parseLong(signature.group(1)), received.body()));
            assertThat(admin.get(HOOKS).text()).contains(id(made)).doesNotContain(secret);
            assertThat(admin.get(HOOKS + "/" + id(made))
                            .json()
                            .path("lastState")
                            .asString())
                    .isEqualTo("delivered");
            assertThat(admin.get("/api/v1/audit").text()).doesNotContain(secret).doesNotContain("key=1");
        }
    }

    @Test
    void whatFailsIsTriedAgainUnderTheSameNumberUntilItIsTaken() {
        try (var receiver = new Receiver().answering(500, 302)) {
            JsonNode made = hook(receiver.url("/"), "ping");
            admin.post(HOOKS + "/" + id(made) + "/ping").is(202);
            JsonNode delivery = settled(made);
            assertThat(delivery.path("state").asString()).isEqualTo("delivered");
            assertThat(delivery.path("attempts").asInt()).isEqualTo(3);
            assertThat(receiver.received().stream()
                            .map(Receiver.Received::delivery)
                            .distinct())
                    .containsExactly(delivery.path("id").asString());
            assertThat(receiver.received()).as("a redirect is not followed").hasSize(3);
        }
    }

    @Test
    void whatNobodyTakesIsGivenUpWithTheReasonAndCanBeSentAgain() {
        try (var receiver = new Receiver().answering(503, 503, 503)) {
            JsonNode made = hook(receiver.url("/"), "ping");
            admin.post(HOOKS + "/" + id(made) + "/ping").is(202);
            JsonNode failed = settled(made);
            assertThat(failed.path("state").asString()).isEqualTo("failed");
            assertThat(failed.path("attempts").asInt()).isEqualTo(3);
            assertThat(failed.path("problem").asString()).contains("given 503");
            String path =
                    HOOKS + "/" + id(made) + "/deliveries/" + failed.path("id").asString() + "/redeliver";
            admin.post(path).is(202);
            TestRegistry.await(
                    "the second delivery",
                    () -> deliveries(made).getFirst().path("state").asString().equals("delivered"));
            assertThat(deliveries(made)).hasSize(2);
        }
    }

    @Test
    void aReceiverThatNeverAnswersIsLeftAfterTheTimeout() throws IOException {
        try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            JsonNode made = hook("http://127.0.0.1:" + silent.getLocalPort() + "/", "ping");
            admin.post(HOOKS + "/" + id(made) + "/ping").is(202);
            JsonNode failed = settled(made);
            assertThat(failed.path("state").asString()).isEqualTo("failed");
            assertThat(failed.path("attempts").asInt()).isEqualTo(3);
            assertThat(failed.path("problem").asString()).isEqualTo("no answer within 5000 ms");
        }
    }

    @Test
    void onlyWhatWasAskedForIsSent() {
        assertThat(Webhooks.wants(List.of(), "job.end")).isTrue();
        assertThat(Webhooks.wants(List.of("job.*"), "job.end")).isTrue();
        assertThat(Webhooks.wants(List.of("job.create", "version.*"), "job.end"))
                .isFalse();
        assertThat(Webhooks.wants(List.of("job"), "job.end")).isFalse();
        try (var receiver = new Receiver()) {
            JsonNode some = hook(receiver.url("/some"), "token.delete");
            change("half of it is told");
            assertThat(settled(some).path("event").asString()).isEqualTo("token.delete");
            assertThat(deliveries(some)).hasSize(1);
        }
    }

    @Test
    void addressesInsideTheNetworkAreRefusedWhenAWebhookIsMadeAndWhenItIsCalled() {
        for (String url : List.of("http://127.0.0.2/", "http://[::1]/", "http://169.254.169.254/latest/meta-data")) {
            admin.post(HOOKS, Map.of("url", url)).problem(422, "address-refused");
        }
        try (var receiver = new Receiver()) {
            JsonNode made = hook(receiver.url("/"), "ping");
            registry.bean("jdbcClient", JdbcClient.class)
                    .sql("update webhook set url = replace(url, '127.0.0.1', '127.0.0.2') where id = ?::uuid")
                    .param(id(made))
                    .update();
            admin.post(HOOKS + "/" + id(made) + "/ping").is(202);
            JsonNode failed = settled(made);
            assertThat(failed.path("state").asString()).isEqualTo("failed");
            assertThat(failed.path("problem").asString()).contains("private network");
            assertThat(receiver.received()).isEmpty();
        }
    }

    @Test
    void onlyAdministratorsSetWebhooks() {
        registry.anonymous().get(HOOKS).problem(401, "token-missing");
        registry.withScopes("read", "run", "publish").get(HOOKS).problem(403, "scope-missing");
        admin.post(HOOKS, Map.of("url", "ftp://example.org/")).problem(400, "invalid-request");
        admin.post(HOOKS, Map.of("url", "http://127.0.0.1/", "events", List.of("Bad Event")))
                .problem(400, "invalid-request");
        String nobody = HOOKS + "/00000000-0000-0000-0000-000000000000";
        admin.get(nobody).problem(404, "webhook-unknown");
        admin.delete(nobody).problem(404, "webhook-unknown");
        admin.post(nobody + "/ping").problem(404, "webhook-unknown");
        admin.get(nobody + "/deliveries").problem(404, "webhook-unknown");
    }
}
