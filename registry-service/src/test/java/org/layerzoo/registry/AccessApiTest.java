package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class AccessApiTest {
    private static final String TOKENS = "/api/v1/tokens";
    private static TestRegistry registry;

    @BeforeAll
    static void start() {
        registry = TestRegistry.shared();
    }

    @Test
    void theAdministratorsTokenIsReadableByItsOwnerOnly() throws Exception {
        var permissions = Files.getPosixFilePermissions(registry.data().resolve("admin.token"));
        assertThat(PosixFilePermissions.toString(permissions)).isEqualTo("rw-------");
        assertThat(scopes(registry.admin())).containsExactly("read", "run", "publish", "admin");
    }

    private static List<String> scopes(Client client) {
        return client.get("/api/v1/session")
                .is(200)
                .json()
                .path("scopes")
                .valueStream()
                .map(JsonNode::asString)
                .toList();
    }

    @Test
    void anonymousCallersMayRead() {
        JsonNode session = registry.anonymous().get("/api/v1/session").is(200).json();
        assertThat(session.path("authenticated").asBoolean()).isFalse();
        assertThat(session.path("scopes").toString()).isEqualTo("[\"read\"]");
    }

    @Test
    void whatNeedsATokenSaysSo() {
        Client nobody = registry.anonymous();
        Answer answer = nobody.post("/api/v1/benchmarks", Map.of()).problem(401, "token-missing");
        assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
        nobody.post("/api/v1/verifications", Map.of()).problem(401, "token-missing");
        nobody.post("/api/v1/trainings", Map.of()).problem(401, "token-missing");
        nobody.post("/api/v1/probes", Map.of()).problem(401, "token-missing");
        nobody.post("/api/v1/comparisons", Map.of()).problem(401, "token-missing");
        nobody.post("/api/v1/runner/lease", Map.of()).problem(401, "token-missing");
        nobody.post(TOKENS, Map.of()).problem(401, "token-missing");
        nobody.get(TOKENS).problem(401, "token-missing");
        nobody.post("/api/v1/session/codes").problem(401, "token-missing");
        nobody.delete("/api/v1/jobs/00000000-0000-0000-0000-000000000000").problem(401, "token-missing");
    }

    @Test
    void aTokenMayDoWhatItsScopesSayAndNoMore() {
        Client reader = registry.withScopes("read");
        reader.get("/api/v1/plugins").is(200);
        reader.post("/api/v1/benchmarks", Map.of("plugins", List.of())).problem(403, "scope-missing");
        reader.post("/api/v1/runner/lease", Map.of()).problem(403, "scope-missing");
        Client runner = registry.withScopes("read", "run");
        runner.post("/api/v1/benchmarks", Map.of("plugins", List.of())).problem(400, "invalid-request");
        runner.post(TOKENS, Map.of()).problem(403, "scope-missing");
        runner.get(TOKENS).problem(403, "scope-missing");
    }

    @Test
    void aWrongTokenIsRefusedEvenWhereNoneIsNeeded() {
        registry.anonymous().token("zoo_wrong").get("/api/v1/plugins").problem(401, "token-invalid");
        registry.anonymous()
                .with("Authorization", "Basic YTpi")
                .get("/api/v1/plugins")
                .problem(401, "token-invalid");
    }

    @Test
    void aWithdrawnTokenIsWorthNothing() {
        JsonNode made = registry.admin()
                .post(TOKENS, Map.of("name", "short", "scopes", List.of("read"), "days", 1))
                .is(201)
                .json();
        assertThat(made.path("expiresAt").asString()).isNotBlank();
        Client holder = registry.anonymous().token(made.path("token").asString());
        holder.get("/api/v1/plugins").is(200);
        JsonNode list = registry.admin().get(TOKENS + "?size=500").is(200).json();
        assertThat(list.toString())
                .contains(made.path("id").asString())
                .doesNotContain(made.path("token").asString());
        String path = TOKENS + "/" + made.path("id").asString();
        registry.admin().delete(path).is(204);
        registry.admin().delete(path).problem(404, "token-unknown");
        holder.get("/api/v1/plugins").problem(401, "token-invalid");
    }

    @Test
    void wrongTokenRequestsAreNamedByField() {
        JsonNode problem = registry.admin()
                .post(TOKENS, Map.of("name", "", "scopes", List.of(), "days", 0))
                .problem(400, "invalid-request")
                .json();
        assertThat(problem.path("errors").valueStream().map(error -> error.path("field")
                        .asString()))
                .containsExactlyInAnyOrder("name", "scopes", "days");
        registry.admin()
                .post(TOKENS, Map.of("name", "x", "scopes", List.of("everything")))
                .problem(400, "body-unreadable");
        registry.admin().post(TOKENS, "{\"name\":").problem(400, "body-unreadable");
        registry.admin()
                .post(TOKENS, Map.of("name", "x", "scopes", List.of("read"), "colour", 1))
                .problem(400, "body-unreadable");
        registry.admin().delete(TOKENS + "/seven").problem(400, "invalid-request");
        registry.admin().with("Content-Type", "text/plain").post(TOKENS, "x").problem(415, "media-type-unsupported");
    }

    private static String cookie(Client client) {
        JsonNode code = client.post("/api/v1/session/codes").is(201).json();
        Answer opened = registry.anonymous().get(code.path("url").asString()).is(303);
        assertThat(opened.header("Location")).isEqualTo("/");
        assertThat(opened.header("Set-Cookie")).contains("HttpOnly", "SameSite=Strict", "Path=/");
        registry.anonymous().get(code.path("url").asString()).problem(401, "code-invalid");
        return opened.header("Set-Cookie").split(";", 2)[0];
    }

    @Test
    void aOneTimeCodeOpensASessionOnceAndSigningOutEndsIt() {
        Client browser = registry.anonymous().with("Cookie", cookie(registry.withScopes("read", "run")));
        assertThat(scopes(browser)).containsExactly("read", "run");
        Client own = browser.with("Sec-Fetch-Site", "same-origin");
        own.post("/api/v1/benchmarks", Map.of("plugins", List.of())).problem(400, "invalid-request");
        own.delete("/api/v1/session").is(204);
        assertThat(scopes(browser)).containsExactly("read");
    }

    @Test
    void theCookieIsWorthNothingOnAnotherSite() {
        Client browser = registry.anonymous().with("Cookie", cookie(registry.withScopes("read", "run")));
        String path = "/api/v1/benchmarks";
        Map<String, Object> body = Map.of("plugins", List.of());
        browser.post(path, body).problem(403, "cross-site");
        browser.with("Sec-Fetch-Site", "same-site").post(path, body).problem(403, "cross-site");
        browser.with("Sec-Fetch-Site", "cross-site").post(path, body).problem(403, "cross-site");
        browser.with("Origin", "http://evil.example").post(path, body).problem(403, "cross-site");
        browser.with("Origin", "null").post(path, body).problem(403, "cross-site");
        browser.with("Origin", registry.anonymous().base()).post(path, body).problem(400, "invalid-request");
    }

    @Test
    void withdrawingATokenEndsItsSessions() {
        JsonNode made = registry.admin()
                .post(TOKENS, Map.of("name", "s", "scopes", List.of("read", "run")))
                .is(201)
                .json();
        Client browser = registry.anonymous()
                .with(
                        "Cookie",
                        cookie(registry.anonymous().token(made.path("token").asString())));
        assertThat(scopes(browser)).containsExactly("read", "run");
        registry.admin().delete(TOKENS + "/" + made.path("id").asString()).is(204);
        assertThat(scopes(browser)).containsExactly("read");
    }

    @Test
    void everyAnswerCarriesTheSecurityHeaders() {
        for (String path : List.of("/api/v1/plugins", "/api/v1/nowhere", "/openapi.yaml")) {
            Answer answer = registry.anonymous().get(path);
            assertThat(answer.header("Content-Security-Policy"))
                    .contains("default-src 'self'", "script-src 'self';", "frame-ancestors 'none'");
            assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
            assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
        }
    }
}
