package org.layerzoo.registry.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.layerzoo.registry.Answer;
import org.layerzoo.registry.Client;
import org.layerzoo.registry.FakeRunner;
import org.layerzoo.registry.JarFixture;
import org.layerzoo.registry.Publisher;
import org.layerzoo.registry.TestRegistry;

/**
 * Reads at a steady rate while versions are published: no error, and memory that does not grow. A request counts from the moment at which
 * it was due, so that a pause of the service shows in all that had to wait for it.
 * {@code -Dzoo.reliability.rate=500 -Dzoo.reliability.seconds=1800} sets how much; from 60 seconds on the time of the 99th of a hundred is
 * held to 50 ms, which a machine that builds other things meanwhile cannot promise.
 */
class ReadLoadTest {
    private static final int RATE = Integer.getInteger("zoo.reliability.rate", 100);
    private static final int SECONDS = Integer.getInteger("zoo.reliability.seconds", 6);
    private static final int LONG = 60;
    private static final List<String> PATHS = List.of(
            "/api/v1/plugins",
            "/api/v1/plugins?query=small",
            "/api/v1/plugins/load-a",
            "/api/v1/plugins/load-a/versions",
            "/api/v1/plugins/load-a/versions/latest/schema",
            "/api/v1/plugins/load-a/versions/latest/artifact",
            "/api/v1/jobs",
            "/plugins.json");

    private static final Path FOLDER = TestRegistry.newFolder();
    private static TestRegistry registry;

    private final ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> errors = new ConcurrentLinkedQueue<>();
    private volatile boolean over;

    @BeforeAll
    static void start() {
        registry = TestRegistry.start(FOLDER, Optional.empty());
        registry.add(JarFixture.of("load-a"), "load-a");
    }

    @AfterAll
    static void end() {
        registry.close();
        TestRegistry.delete(FOLDER);
    }

    @Test
    void readsGoOnWhileVersionsArePublished() throws Exception {
        long before = usedMemory();
        int published;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var publishing = threads.submit(this::publish);
            long first = System.nanoTime();
            for (int i = 0; i < RATE * SECONDS; i++) {
                long due = first + i * 1_000_000_000L / RATE;
                while (System.nanoTime() < due) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                String path = PATHS.get(i % PATHS.size());
                threads.submit(() -> read(path, due));
            }
            over = true;
            published = publishing.get();
        }
        long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        double p99 = sorted[sorted.length * 99 / 100] / 1e6;
        long grown = usedMemory() - before;
        System.out.printf(
                "%d reads at %d/s, %d versions published: half %.1f ms, p99 %.1f ms, max %.1f ms, heap grown by %d"
                        + " MiB%n",
                sorted.length,
                RATE,
                published,
                sorted[sorted.length / 2] / 1e6,
                p99,
                Arrays.stream(sorted).max().orElse(0) / 1e6,
                grown >> 20);
        assertThat(errors).isEmpty();
        assertThat(sorted).hasSize(RATE * SECONDS);
        assertThat(published).isPositive();
        assertThat(grown).isLessThan(64L << 20);
        if (SECONDS >= LONG) {
            assertThat(p99).isLessThan(50);
        }
    }

    private void read(String path, long due) {
        try {
            Answer answer = Client.anonymous(registry.anonymous().base()).get(path);
            if (answer.status() != 200) {
                errors.add(path + " answered " + answer.status());
            }
        } catch (RuntimeException e) {
            errors.add(path + ": " + e);
        }
        nanos.add(System.nanoTime() - due);
    }

    /** Publishes one version after another; answers how many. */
    private int publish() {
        Publisher publisher = Publisher.of(registry, "load-publisher");
        FakeRunner runner = FakeRunner.of(registry, "load-runner");
        int count = 0;
        do {
            var publication = publisher.published(JarFixture.release("load-b", "0.1." + count), runner, true);
            assertThat(publication.path("state").asString()).isEqualTo("published");
            count++;
        } while (!over);
        registry.anonymous().get("/api/v1/plugins/load-b/versions/latest").is(200);
        return count;
    }

    private static long usedMemory() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
