package org.layerzoo.cli;

import java.time.Duration;
import java.util.Optional;
import org.layerzoo.runner.child.Limits;
import picocli.CommandLine.Option;

/** What a job may use. */
final class LimitOptions {
    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = "budget for tensors, e.g. 4g (default: 40%% of this machine's memory)")
    Optional<String> memory = Optional.empty();

    @Option(
            names = "--heap",
            paramLabel = "SIZE",
            defaultValue = "1g",
            description = "Java heap of the child (default: ${DEFAULT-VALUE})")
    String heap = "1g";

    @Option(names = "--threads", paramLabel = "N", description = "processors to use (default: all)")
    Optional<Integer> threads = Optional.empty();

    @Option(
            names = "--time-limit",
            paramLabel = "SECONDS",
            defaultValue = "600",
            description = "end the job after this time (default: ${DEFAULT-VALUE})")
    long seconds = 600;

    /** @throws CommandFailure exit 2 when the text is no size */
    void check(String size) {
        memory = Optional.of(size);
        limits();
    }

    /** @throws CommandFailure exit 2 when an option is no limit */
    Limits limits() {
        try {
            Limits l =
                    Limits.defaults().withHeapBytes(Limits.parseSize(heap)).withWallTime(Duration.ofSeconds(seconds));
            l = memory.isPresent() ? l.withMemoryBytes(Limits.parseSize(memory.get())) : l;
            return threads.isPresent() ? l.withThreads(threads.get()) : l;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw CommandFailure.badInput(e.getMessage());
        }
    }
}
