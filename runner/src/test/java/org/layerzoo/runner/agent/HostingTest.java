package org.layerzoo.runner.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an agent says of the deployments it is given, when they cannot be held. A deployment that works is the system tests'. */
@Timeout(300)
class HostingTest {
    @TempDir
    Path directory;

    private FakeRegistry registry;
    private RunningAgent agent;

    @BeforeEach
    void start() throws Exception {
        registry = new FakeRegistry();
        agent = new RunningAgent(
                RunningAgent.options(registry, directory, FakeRegistry.TOKEN, Optional.of("127.0.0.1")));
    }

    @AfterEach
    void stop() throws Exception {
        agent.close();
        registry.close();
        try (Stream<Path> all = Files.walk(directory.resolve("work"))) {
            assertEquals(
                    List.of(),
                    all.filter(file -> file.getFileName().toString().startsWith("mixer-"))
                            .toList(),
                    "no folder of a deployment is left behind");
        }
    }

    private static String deployment(long generation, String more) {
        return """
                [{"name": "mixer", "generation": %d, "spec": {"id": "nowhere"}, "limits": {}, "plugins": [],
                  "secret": "a secret"%s}]""".formatted(generation, more);
    }

    /** Waits for a beat that tells of the deployment so. */
    private JsonNode told(Predicate<JsonNode> wanted) throws InterruptedException {
        return registry.await(call -> call.is("deployments")
                        && call.body().path("deployments").valueStream().anyMatch(wanted))
                .body()
                .path("deployments")
                .get(0);
    }

    private static Predicate<JsonNode> state(String state) {
        return report -> report.path("state").asString().equals(state);
    }

    @Test
    void theFirstBeatSaysWhoAsksAndHoldsNothing() throws Exception {
        JsonNode beat = registry.await(call -> call.is("deployments")).body();
        assertEquals("tester", beat.path("runner").path("name").asString());
        assertTrue(beat.path("deployments").isEmpty());
    }

    @Test
    void whatCannotBeServedIsReportedAsFailedWithTheReasonAndNotTriedAgain() throws Exception {
        registry.hosted = deployment(3, "");
        JsonNode failed = told(state("failed"));
        assertEquals(3, failed.path("generation").asLong());
        assertEquals(0, failed.path("restarts").asInt());
        assertTrue(failed.path("reason").asString().contains("nowhere"), failed::toString);
        assertTrue(agent.said.stream().anyMatch(line -> line.startsWith("deployment mixer: failed")));
        assertTrue(agent.said.stream().noneMatch(line -> line.contains("a secret")), "the secret is not told");
    }

    @Test
    void anotherGenerationReplacesTheOneBefore() throws Exception {
        registry.hosted = deployment(3, "");
        told(state("failed"));
        registry.hosted = deployment(4, "");
        JsonNode second = told(report -> report.path("generation").asLong() == 4);
        assertEquals("mixer", second.path("name").asString());
    }

    @Test
    void oneWhoseWeightsDoNotComeIsStartedAnewAndItsRestartsAreCounted() throws Exception {
        registry.hosted = deployment(5, ", \"weights\": \"" + "a".repeat(64) + "\"");
        JsonNode again =
                told(state("starting").and(report -> report.path("restarts").asInt() >= 2));
        assertTrue(again.path("reason").asString().contains("started anew"), again::toString);
        registry.hosted = "[]";
        int before = registry.calls().size();
        registry.await(
                before,
                call -> call.is("deployments")
                        && call.body().path("deployments").isEmpty());
    }

    @Test
    void theRegistryMayBeAwayAndIsToldAfterwards() throws Exception {
        registry.hosted = deployment(6, "");
        told(state("failed"));
        registry.away = true;
        while (agent.said.stream().noneMatch(line -> line.startsWith("deployments: "))) {
            Thread.onSpinWait();
        }
        int before = registry.calls().size();
        registry.away = false;
        JsonNode after = registry.await(before, call -> call.is("deployments")).body();
        assertEquals("failed", after.at("/deployments/0/state").asString());
    }

    @Test
    void aNameThatCouldLeaveItsFolderIsRefused() {
        String hostile = deployment(7, "").replace("mixer", "../mixer");
        assertThrows(Exception.class, () -> JsonMapper.shared()
                .readerFor(RunnerApi.HostAnswer.class)
                .readValue("{\"deployments\": " + hostile + "}"));
    }
}
