package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the service tells of itself: metrics, health, trace ids, and the dashboard that is drawn from them. */
class ObservabilityTest {
    private static final Path DASHBOARD = Path.of("../docs/grafana/registry.json");
    private static final Pattern METRIC = Pattern.compile("\\b[a-z]+(?:_[a-z]+)+\\b");
    /** Words of the query language that look like metrics, and names of labels. */
    private static final Set<String> WORDS = Set.of("histogram_quantile", "label_values");
    /** These come with the first inference; {@code InferenceApiTest} makes them. */
    private static final String SERVING = "zoo_serving_";

    private final TestRegistry registry = TestRegistry.shared();

    private static Set<String> drawn() throws IOException {
        JsonNode dashboard = JsonMapper.shared().readTree(Files.readString(DASHBOARD));
        var names = new TreeSet<String>();
        dashboard.path("panels").forEach(panel -> panel.path("targets")
                .forEach(target -> METRIC.matcher(target.path("expr").asString())
                        .results()
                        .map(found -> found.group())
                        .filter(name -> !WORDS.contains(name))
                        .forEach(names::add)));
        return names;
    }

    @Test
    void everyMetricOfTheDashboardExists() throws IOException {
        registry.anonymous().get("/api/v1/plugins").is(200);
        String metrics =
                registry.anonymous().get("/actuator/prometheus").is(200).text();
        assertThat(drawn()).hasSizeGreaterThan(12);
        assertThat(drawn()).allSatisfy(name -> {
            if (name.startsWith(SERVING)) {
                assertThat(List.of("requests_seconds_count", "requests_seconds_bucket", "queue"))
                        .contains(name.substring(SERVING.length()));
            } else {
                assertThat(metrics).containsPattern("(?m)^" + name + "[ {]");
            }
        });
        assertThat(metrics).containsPattern("(?m)^zoo_jobs_queued\\{.*\\} [0-9]");
    }

    @Test
    void livenessAndReadinessAreGroupsOfTheirOwn() {
        JsonNode ready =
                registry.anonymous().get("/actuator/health/readiness").is(200).json();
        assertThat(ready.path("components").propertyNames()).contains("db", "artifacts", "readinessState");
        JsonNode live =
                registry.anonymous().get("/actuator/health/liveness").is(200).json();
        assertThat(live.path("components").propertyNames()).containsExactly("livenessState");
    }

    @Test
    void aProblemAnAuditEntryAndTheAnswerNameTheTraceOfTheirRequest() {
        String trace = "0af7651916cd43dd8448eb211c80319c";
        Client traced = registry.admin().with("traceparent", "00-" + trace + "-b7ad6b7169203331-01");
        Answer unknown = traced.get("/api/v1/plugins/no-such-plugin").problem(404, "plugin-unknown");
        assertThat(unknown.json().path("traceId").asString()).isEqualTo(trace);
        assertThat(unknown.header("Trace-Id")).isEqualTo(trace);
        traced.post("/api/v1/tokens", Map.of("name", "traced", "scopes", List.of("read")))
                .is(201);
        JsonNode newest = registry.admin()
                .get("/api/v1/audit?action=token.create&size=1")
                .is(200)
                .json()
                .path("items")
                .get(0);
        assertThat(newest.path("trace").asString()).isEqualTo(trace);
        for (String none : List.of(
                "00-" + "0".repeat(32) + "-b7ad6b7169203331-01",
                "00-" + trace + "-" + "0".repeat(16) + "-01",
                "ff-" + trace + "-b7ad6b7169203331-01")) {
            assertThat(registry.anonymous()
                            .with("traceparent", none)
                            .get("/api/v1/plugins/no-such-plugin")
                            .header("Trace-Id"))
                    .as(none)
                    .matches("[0-9a-f]{32}")
                    .isNotIn(trace, "0".repeat(32));
        }
        Answer other = registry.anonymous().get("/api/v1/plugins/no-such-plugin");
        assertThat(other.json().path("traceId").asString())
                .matches("[0-9a-f]{32}")
                .isEqualTo(other.header("Trace-Id"));
    }
}
