package org.layerzoo.system.reliability;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A process that can be killed at any moment and is started again in the same way, as a supervisor does. */
final class Program implements AutoCloseable {
    private final String name;
    private final List<String> command;
    private final Map<String, String> environment;
    private final Path log;
    private Optional<Process> process = Optional.empty();

    Program(String name, Path folder, Map<String, String> environment, List<String> command) {
        this.name = name;
        this.command = List.copyOf(command);
        this.environment = Map.copyOf(environment);
        this.log = folder.resolve(name + ".log");
    }

    String name() {
        return name;
    }

    synchronized void start() {
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        try {
            process = Optional.of(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code kill -9}: nothing can be written, closed or told any more. */
    synchronized void kill() throws InterruptedException {
        if (process.isPresent()) {
            process.get().destroyForcibly().waitFor();
        }
    }

    /** The processes that it has started, and those that these have. */
    synchronized List<ProcessHandle> descendants() {
        return process.stream().flatMap(Process::descendants).toList();
    }

    synchronized boolean alive() {
        return process.map(Process::isAlive).orElse(false);
    }

    /** What it said, for a test that failed. */
    String said() {
        try (Stream<String> lines = Files.lines(log)) {
            List<String> all = lines.toList();
            return name + ":\n" + String.join("\n", all.subList(Math.max(0, all.size() - 30), all.size()));
        } catch (IOException | UncheckedIOException e) {
            return name + " said nothing";
        }
    }

    @Override
    public synchronized void close() throws InterruptedException {
        if (process.isPresent()) {
            process.get().destroy();
            if (!process.get().waitFor(20, TimeUnit.SECONDS)) {
                process.get().destroyForcibly().waitFor();
            }
        }
    }
}
