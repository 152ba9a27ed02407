package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DashboardTest {
    private final Client browser = TestRegistry.shared().anonymous();

    @Test
    void everyPageOfTheDashboardIsItsOneHtmlFile() {
        for (String path : List.of("/", "/plugins/mamba", "/compare?plugins=a,b")) {
            Answer page = browser.get(path).is(200);
            assertThat(page.header("Content-Type")).startsWith("text/html");
            assertThat(page.text()).contains("<title>");
            assertThat(page.header("Cache-Control")).isEqualTo("no-cache");
        }
    }

    @Test
    void itsAssetsAreKeptByBrowsersForGood() {
        Answer script = browser.get("/assets/app-1a2b.js").is(200);
        assertThat(script.header("Content-Type")).contains("javascript");
        assertThat(script.header("Cache-Control")).contains("immutable");
    }

    @Test
    void missingFilesAndPathsOfTheApiAreNoPages() {
        browser.get("/assets/gone.js").problem(404, "not-found");
        browser.get("/picture.png").problem(404, "not-found");
        browser.get("/api/v1/colours").problem(404, "not-found");
        browser.get("/actuator/env").problem(404, "not-found");
    }

    @Test
    void pathsOfTheInferenceProtocolAnswerInItsOwnForm() {
        Answer answer = browser.get("/v2/models/x").is(404);
        assertThat(answer.header("Content-Type")).startsWith("application/json");
        assertThat(answer.json().path("error").asString()).contains("x");
    }
}
