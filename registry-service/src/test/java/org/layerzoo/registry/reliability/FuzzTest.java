package org.layerzoo.registry.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.layerzoo.figures.Figures;
import org.layerzoo.registry.Client;
import org.layerzoo.registry.JarFixture;
import org.layerzoo.registry.TestRegistry;

/**
 * Requests made from the OpenAPI document, valid ones and mutated ones: no answer is a 5xx, every error is a problem document, and every
 * answer is as the document says. {@code -Dzoo.reliability.requests=50000 -Dzoo.reliability.seed=1} sets how many and which.
 */
class FuzzTest {
    private static final int REQUESTS = Integer.getInteger("zoo.reliability.requests", 2500);
    private static final long SEED = Long.getLong("zoo.reliability.seed", 20261122L);
    private static final int THREADS = 4;

    private static final java.nio.file.Path FOLDER = TestRegistry.newFolder();
    private static TestRegistry registry;

    @BeforeAll
    static void start() {
        registry = TestRegistry.start(FOLDER, Optional.empty());
        JarFixture.of("fuzz-a").provider("probe", "probe", false).into(registry.plugins(), "fuzz-a.jar");
        registry.add(JarFixture.of("fuzz-b").with("kind", "probe").provider("", "probe", false), "fuzz-b");
    }

    @AfterAll
    static void end() {
        registry.close();
        TestRegistry.delete(FOLDER);
    }

    @Test
    void noRequestMakesTheServiceFailOrAnswerOtherwiseThanItsContractSays() throws Exception {
        var figures = Figures.of(FuzzTest.class, REQUESTS + " requests of seed " + SEED);
        var contract =
                new Contract(registry.anonymous().get("/openapi.yaml").is(200).bytes());
        List<Contract.Operation> operations = contract.operations();
        List<Client> callers = List.of(
                registry.admin(),
                registry.admin(),
                registry.admin(),
                registry.withScopes("read"),
                registry.anonymous(),
                registry.anonymous().token("zoo_none"));
        SortedMap<String, Integer> answers = new TreeMap<>();
        List<String> faults = ask(contract, operations, callers, answers);
        assertThat(faults.stream().distinct().limit(40)).as("seed " + SEED).isEmpty();
        registry.admin().get("/api/v1/audit/check").is(200);
        assertThat(new String(
                        registry.anonymous().get("/actuator/health").is(200).bytes(), StandardCharsets.UTF_8))
                .contains("UP");
        var pool = registry.bean("dataSource", HikariDataSource.class).getHikariPoolMXBean();
        TestRegistry.await("every connection to be given back", () -> pool.getActiveConnections() == 0);
        figures.with("operations", operations.size()).with("faults", faults.size());
        answers.forEach((status, count) -> figures.with("answers " + status, count));
        figures.done();
    }

    private static List<String> ask(
            Contract contract,
            List<Contract.Operation> operations,
            List<Client> callers,
            SortedMap<String, Integer> statuses)
            throws Exception {
        List<Callable<List<String>>> tasks = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            Random random = new Random(SEED + thread);
            tasks.add(() -> {
                var fuzzer = new Fuzzer(contract, random, registry.anonymous().base());
                List<String> faults = new ArrayList<>();
                for (int i = 0; i < REQUESTS / THREADS; i++) {
                    var operation = operations.get(random.nextInt(operations.size()));
                    faults.addAll(fuzzer.ask(operation, callers.get(random.nextInt(callers.size()))));
                }
                synchronized (statuses) {
                    fuzzer.answers().forEach((status, count) -> statuses.merge(status, count, Integer::sum));
                }
                return faults;
            });
        }
        List<String> faults = new ArrayList<>();
        try (var threads = Executors.newFixedThreadPool(THREADS)) {
            for (var answers : threads.invokeAll(tasks)) {
                faults.addAll(answers.get());
            }
        }
        return faults;
    }
}
