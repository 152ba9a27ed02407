package org.layerzoo.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** One installation from its first start on an empty folder to its restart after a crash. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class UpTest {
    private static final Duration MEASURED = Duration.ofMinutes(5);

    @TempDir
    private static Path folder;

    private House house;
    private String firstComparison;
    private Set<String> before = Set.of();

    @BeforeAll
    void startOnAnEmptyFolder() throws IOException {
        house = House.up(folder);
    }

    @AfterAll
    void end() {
        house.close();
    }

    private JsonNode benchmarks() {
        try {
            return house.json("/api/v1/benchmarks?size=100").path("items");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Optional<JsonNode> succeeded() {
        for (JsonNode job : benchmarks()) {
            String state = job.path("state").asString();
            assertFalse(state.equals("failed") || state.equals("cancelled"), () -> "the job ended as " + job);
            if (state.equals("succeeded")) {
                return Optional.of(job);
            }
        }
        return Optional.empty();
    }

    @Test
    @Order(1)
    void everyBuiltPluginIsInTheCatalogue() throws IOException {
        List<String> built;
        try (Stream<Path> jars = Files.list(House.ROOT.resolve("build/plugins"))) {
            built = jars.map(jar -> jar.getFileName().toString())
                    .filter(name -> name.endsWith(".jar"))
                    .map(name -> name.replaceFirst("-\\d+\\.\\d+\\.\\d+.*$", ""))
                    .sorted()
                    .toList();
        }
        JsonNode page = house.json("/api/v1/plugins?size=100");
        List<String> catalogued = page.path("items")
                .valueStream()
                .map(item -> item.path("id").asString())
                .sorted()
                .toList();
        assertFalse(built.isEmpty());
        assertEquals(built, catalogued);
        assertEquals(0, house.json("/api/v1/catalog/problems").path("total").asInt());
    }

    @Test
    @Order(2)
    void anEmptyDatabaseGetsAFirstComparisonThatIsMeasured() throws IOException {
        house.await(MEASURED, "the first comparison has succeeded", () -> succeeded()
                .isPresent());
        firstComparison = succeeded().orElseThrow().path("id").asString();
        JsonNode job = house.json("/api/v1/benchmarks/" + firstComparison);
        assertTrue(job.at("/result/results").size() > 0, job.toString());
        for (JsonNode result : job.at("/result/results")) {
            assertTrue(
                    result.path("refused").isNull() && result.path("medianMs").asDouble() > 0, result.toString());
        }
    }

    @Test
    @Order(3)
    void pluginsProveThemselvesWithoutBeingAsked() {
        house.await(MEASURED, "two plugins have a level of proof", () -> proven() >= 2);
    }

    private long proven() {
        try {
            return house.json("/api/v1/plugins?size=100")
                    .path("items")
                    .valueStream()
                    .filter(plugin -> plugin.path("level").asInt() > 0)
                    .count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Set<String> jobs() {
        return benchmarks().valueStream().map(job -> job.path("id").asString()).collect(Collectors.toSet());
    }

    @Test
    @Order(4)
    void stoppingEndsEveryProcess() throws InterruptedException {
        before = jobs();
        assertEquals(List.of(), house.stop(), house::output);
    }

    @Test
    @Order(5)
    void aSecondStartKeepsTheDataAndMeasuresNothingAnew() throws IOException {
        house = House.up(folder);
        assertEverythingIsKept();
    }

    @Test
    @Order(6)
    void aKilledServiceLosesNothingAndLeavesNothingBehind() throws IOException, InterruptedException {
        house.killService();
        house = House.up(folder);
        assertEverythingIsKept();
        assertEquals(List.of(), house.stop(), house::output);
    }

    private void assertEverythingIsKept() throws IOException {
        assertTrue(house.json("/api/v1/plugins").path("total").asInt() > 0);
        assertEquals(before, jobs());
        JsonNode job = house.json("/api/v1/benchmarks/" + firstComparison);
        assertEquals("succeeded", job.path("state").asString());
        assertTrue(job.at("/result/results").size() > 0, job.toString());
    }
}
