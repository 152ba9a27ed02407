package org.layerzoo.runner.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.layerzoo.runner.child.ChildJvm;

/** An agent on a thread of this JVM. */
final class RunningAgent implements AutoCloseable {
    private final Agent agent;
    private final FutureTask<Void> task;
    final List<String> said = new CopyOnWriteArrayList<>();

    RunningAgent(AgentOptions options) {
        ChildJvm jvm = ChildJvm.current().withOptions("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
        agent = new Agent(options, jvm, said::add, options.work().resolve("machine.lock"));
        task = new FutureTask<>(() -> {
            agent.run();
            return null;
        });
        Thread.ofPlatform().daemon().name("agent").start(task);
    }

    static AgentOptions options(FakeRegistry registry, Path directory, String token) throws IOException {
        return options(registry, directory, token, Optional.empty());
    }

    /** @param serve the address on which deployments listen */
    static AgentOptions options(FakeRegistry registry, Path directory, String token, Optional<String> serve)
            throws IOException {
        Path tokenFile = Files.writeString(directory.resolve("token"), token + "\n");
        Path plugins = Files.createDirectories(directory.resolve("plugins"));
        return new AgentOptions(
                registry.address(),
                new AgentToken.InFile(tokenFile),
                List.of(plugins),
                "tester",
                1L << 30,
                2L << 30,
                List.of("cpu-vector", "reference"),
                directory.resolve("work"),
                serve,
                Optional.empty(),
                false);
    }

    void stop() {
        agent.stop();
    }

    /** Waits for the end and passes on what the agent threw. */
    void join() throws Throwable {
        try {
            task.get();
        } catch (ExecutionException e) {
            throw e.getCause();
        }
    }

    @Override
    public void close() throws InterruptedException {
        agent.stop();
        try {
            task.get();
        } catch (ExecutionException _) {
            // the test that expects it has joined
        }
    }
}
