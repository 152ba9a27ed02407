package org.layerzoo.registry.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.layerzoo.figures.Figures;
import org.layerzoo.registry.Answer;
import org.layerzoo.registry.FakeRunner;
import org.layerzoo.registry.Publisher;
import org.layerzoo.registry.TestRegistry;

/**
 * Reads at a steady rate while versions are published: no error, and memory that does not grow. A request counts from the moment at which
 * it was due, so that a pause of the service shows in all that had to wait for it.
 * {@code -Dzoo.reliability.rate=500 -Dzoo.reliability.seconds=1800} sets how much, {@code -Dzoo.reliability.plugins=FOLDER} takes packaged
 * plugins instead of ones made for tests; from 60 seconds on the time of the 99th of a hundred is held to 50 ms, which a machine that builds
 * other things meanwhile cannot promise. What is counted begins when the service is warm: after a few readers that ask when they were
 * answered, and as much time at the full rate with publishing going on.
 */
class ReadLoadTest {
    private static final int RATE = Integer.getInteger("zoo.reliability.rate", 40);
    private static final int SECONDS = Integer.getInteger("zoo.reliability.seconds", 6);
    private static final int WARM_UP = Math.min(60, SECONDS / 2);
    private static final int WARMING_READERS = 4;
    private static final int LONG = 60;
    private static final long PUBLISH_NANOS = 2_000_000_000L;
    private static final long MOST_GROWTH = 64L << 20;
    private static final List<String> PATHS = List.of(
            "/api/v1/plugins",
            "/api/v1/plugins?query=attention",
            "/api/v1/plugins/{id}",
            "/api/v1/plugins/{id}/versions",
            "/api/v1/plugins/{id}/versions/latest/schema",
            "/api/v1/plugins/{id}/versions/latest/artifact",
            "/api/v1/jobs",
            "/plugins.json");

    private static final Path FOLDER = TestRegistry.newFolder();
    private static final Releases RELEASES = Releases.of(System.getProperty("zoo.reliability.plugins", ""));
    private static TestRegistry registry;

    /** Nanoseconds of each read, those of the warming up first. */
    private final long[] nanos = new long[RATE * (WARM_UP + SECONDS)];

    private final ConcurrentLinkedQueue<String> errors = new ConcurrentLinkedQueue<>();
    /** A short run slows down on a machine that is too busy for it; only a long one asks whatever the service can do. */
    private final Semaphore inFlight = new Semaphore(SECONDS < LONG ? 4 : Integer.MAX_VALUE);

    private Future<Integer> publishing = CompletableFuture.completedFuture(0);
    private volatile boolean over;

    @BeforeAll
    static void start() throws IOException {
        registry = TestRegistry.start(FOLDER, Optional.empty());
        Files.createDirectories(registry.plugins());
        for (Releases.Jar jar : RELEASES.jars()) {
            Path partial = Files.write(registry.plugins().resolve(jar.id() + ".part"), jar.bytes());
            Files.move(partial, registry.plugins().resolve(jar.id() + ".jar"));
        }
        for (Releases.Jar jar : RELEASES.jars()) {
            TestRegistry.await(
                    jar.id(),
                    () -> registry.anonymous()
                                    .get("/api/v1/plugins/" + jar.id())
                                    .status()
                            == 200);
        }
    }

    @AfterAll
    static void end() {
        registry.close();
        TestRegistry.delete(FOLDER);
    }

    @Test
    void readsGoOnWhileVersionsArePublished() throws Exception {
        var figures = Figures.of(
                ReadLoadTest.class,
                RATE + " reads a second for " + SECONDS + " s while versions of "
                        + RELEASES.jars().size() + " plugins are published");
        warmUp();
        long heap;
        long resident;
        Duration busy;
        int published;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            publishing = threads.submit(this::publish);
            load(0, RATE * WARM_UP);
            heap = usedMemory();
            resident = resident();
            busy = cpu();
            load(RATE * WARM_UP, nanos.length);
            over = true;
            published = publishing.get();
        }
        double cores = cpu().minus(busy).toMillis() / 1000.0 / SECONDS;
        long residentGrown = resident() - resident;
        long grown = usedMemory() - heap;
        double p99 = times(figures);
        figures.with("errors", errors.size())
                .with("published versions", published)
                .with("cores used by service and readers", cores)
                .with("heap grown MiB", grown / 1048576.0)
                .with("resident grown MiB", residentGrown / 1048576.0);
        assertThat(errors).as("%s", figures).isEmpty();
        assertThat(published).as("%s", figures).isPositive();
        assertThat(grown).as("%s", figures).isLessThan(MOST_GROWTH);
        if (SECONDS >= LONG) {
            assertThat(p99).as("%s", figures).isLessThan(50);
        }
        figures.done();
    }

    /** Answers the time in milliseconds that one read in a hundred exceeded. */
    private double times(Figures figures) {
        long[] sorted =
                Arrays.stream(nanos, RATE * WARM_UP, nanos.length).sorted().toArray();
        double p99 = sorted[sorted.length * 99 / 100] / 1e6;
        figures.with("reads", sorted.length)
                .with("median ms", sorted[sorted.length / 2] / 1e6)
                .with("p99 ms", p99)
                .with("p99.9 ms", sorted[sorted.length * 999 / 1000] / 1e6)
                .with("worst minute's p99 ms", worstMinute())
                .with("longest ms", sorted[sorted.length - 1] / 1e6);
        return p99;
    }

    private static void warmUp() {
        long end = System.nanoTime() + WARM_UP * 1_000_000_000L;
        try (var threads = Executors.newFixedThreadPool(WARMING_READERS)) {
            for (int reader = 0; reader < WARMING_READERS; reader++) {
                int first = reader;
                threads.submit(() -> {
                    for (int i = first; System.nanoTime() < end; i++) {
                        registry.anonymous().get(path(i));
                    }
                });
            }
        }
    }

    private static String path(int number) {
        String id = RELEASES.jar(number / PATHS.size()).id();
        return PATHS.get(number % PATHS.size()).replace("{id}", id);
    }

    /** Starts each read when it is due, and returns when all have been answered, or at once when publishing has failed. */
    private void load(int from, int to) {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long first = System.nanoTime();
            for (int i = from; i < to && !publishing.isDone(); i++) {
                long due = first + (i - from) * 1_000_000_000L / RATE;
                while (System.nanoTime() < due) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                int number = i;
                inFlight.acquireUninterruptibly();
                threads.submit(() -> read(due, number));
            }
        }
    }

    private void read(long due, int number) {
        String path = path(number);
        try {
            Answer answer = registry.anonymous().get(path);
            if (answer.status() != 200) {
                errors.add(path + " answered " + answer.status());
            }
        } catch (RuntimeException e) {
            errors.add(path + ": " + e);
        }
        nanos[number] = System.nanoTime() - due;
        inFlight.release();
    }

    /** Publishes one version after another, one in two seconds at most; answers how many. */
    private int publish() {
        Publisher publisher = Publisher.of(registry, "load-publisher");
        FakeRunner runner = FakeRunner.of(registry, "load-runner");
        int count = 0;
        do {
            long begun = System.nanoTime();
            var publication = publisher.publish(RELEASES.release(count)).is(202).json();
            Publisher.verify(publication, runner, true);
            assertThat(publisher.decided(publication).path("state").asString()).isEqualTo("published");
            count++;
            while (!over && System.nanoTime() - begun < PUBLISH_NANOS) {
                LockSupport.parkNanos(PUBLISH_NANOS / 20);
            }
        } while (!over);
        String newest = RELEASES.jar(count - 1).id();
        registry.anonymous()
                .get("/api/v1/plugins/" + newest + "/versions/latest")
                .is(200);
        return count;
    }

    private double worstMinute() {
        double worst = 0;
        for (int from = RATE * WARM_UP; from < nanos.length; from += RATE * LONG) {
            long[] minute = Arrays.stream(nanos, from, Math.min(from + RATE * LONG, nanos.length))
                    .sorted()
                    .toArray();
            worst = Math.max(worst, minute[minute.length * 99 / 100] / 1e6);
        }
        return worst;
    }

    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private static long usedMemory() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Bytes of memory that the process holds, where the system says so. */
    private static long resident() {
        Path status = Path.of("/proc/self/statm");
        try {
            return Files.exists(status)
                    ? Long.parseLong(Files.readString(status).split(" ")[1]) * 4096
                    : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
