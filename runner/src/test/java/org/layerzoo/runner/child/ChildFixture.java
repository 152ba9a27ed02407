package org.layerzoo.runner.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs one test job in a real child JVM. */
final class ChildFixture {
    static final Limits LIMITS = new Limits(64L << 20, 64L << 20, Duration.ofMinutes(2), 2);
    /** Fewer optimisations, faster start: these tests prove nothing about speed. */
    static final ChildJvm JVM = ChildJvm.current().withOptions("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    static final List<PluginJar> PLUGINS = List.of(new PluginJar("mamba", "0.1.0", Path.of("/plugins/mamba.jar")));

    final Recorder recorder = new Recorder();
    final JobFolder folder;
    final ChildProcess child;

    ChildFixture(Path directory, String kind, String spec) throws IOException {
        this(directory, kind, spec, LIMITS);
    }

    ChildFixture(Path directory, String kind, String spec, Limits limits) throws IOException {
        folder = JobFolder.create(directory.resolve("job"), kind, json(spec), PLUGINS, limits);
        child = new ChildProcess(JVM, folder, limits, recorder, Duration.ofMillis(500));
    }

    static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    Outcome run() throws InterruptedException {
        return child.run();
    }

    CompletableFuture<Outcome> start() {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return child.run();
                    } catch (InterruptedException e) {
                        throw new CompletionException(e);
                    }
                },
                task -> Thread.ofPlatform().daemon().start(task));
    }

    long loggedPid() throws InterruptedException {
        return pid(recorder.await(line -> line.matches("(looping|waiting) in \\d+")));
    }

    static long pid(String line) {
        return Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
    }

    static boolean alive(long pid) throws IOException {
        return ResidentMemory.of(pid).isPresent();
    }

    static Problem assertFailed(RunnerProblem code, Outcome outcome) {
        Problem problem = assertInstanceOf(Outcome.Failed.class, outcome).problem();
        assertEquals(code.code(), problem.code(), problem::toString);
        assertEquals(3, outcome.exitCode());
        return problem;
    }

    static void assertContains(String part, String text) {
        assertTrue(text.contains(part), () -> "expected '" + part + "' in: " + text);
    }
}
