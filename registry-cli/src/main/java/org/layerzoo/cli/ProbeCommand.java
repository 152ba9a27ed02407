package org.layerzoo.cli;

import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** Runs a probe. */
@Command(name = "probe", description = "Run a probe on a model (or on one of its own) and report what it found.")
final class ProbeCommand extends ReportCommand {
    @Option(
            names = "--subject",
            paramLabel = "REF",
            description = "a plugin's model or a model.safetensors of 'zoo train' (default: the probe's own)")
    Optional<String> subject = Optional.empty();

    @Override
    String kind() {
        return "probe";
    }

    @Override
    void more(ObjectNode job) {
        subject.ifPresent(s -> job.put("subject", TrainCommand.file(s)));
    }
}
