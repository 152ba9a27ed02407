package org.layerzoo.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** How AdamW trains where no recipe says it. */
final class OptimOptions {
    @Option(names = "--learning-rate", paramLabel = "X", description = "of AdamW (default: 0.003)")
    Optional<Double> learningRate = Optional.empty();

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            description =
                    "of the learning rate: constant, cosine[:floor=X], linear[:floor=X], rsqrt or inverse-sqrt (default: constant)")
    Optional<String> schedule = Optional.empty();

    @Option(
            names = "--warmup",
            paramLabel = "N",
            description = "steps of linear warm-up before the schedule (default: 0)")
    Optional<Integer> warmup = Optional.empty();

    @Option(names = "--weight-decay", paramLabel = "X", description = "decoupled weight decay (default: 0)")
    Optional<Double> weightDecay = Optional.empty();

    @Option(
            names = "--clip",
            paramLabel = "X",
            description = "largest joint norm of all gradients, 0 for no limit (default: 1)")
    Optional<Double> clip = Optional.empty();

    /** Of one clear error for a number that cannot be. */
    void check() {
        if (!learningRate.map(v -> v > 0 && Double.isFinite(v)).orElse(true)) {
            throw CommandFailure.badInput("--learning-rate must be positive, given " + learningRate.get());
        }
        atLeastZero("--weight-decay", weightDecay);
        atLeastZero("--clip", clip);
        atLeastZero("--warmup", warmup.map(Integer::doubleValue));
    }

    private static void atLeastZero(String option, Optional<Double> value) {
        if (!value.map(v -> v >= 0 && Double.isFinite(v)).orElse(true)) {
            throw CommandFailure.badInput(option + " must be 0 or more, given " + value.get());
        }
    }

    /** Those that were given. */
    List<String> given() {
        List<String> out = new ArrayList<>();
        learningRate.ifPresent(v -> out.add("--learning-rate"));
        schedule.ifPresent(v -> out.add("--schedule"));
        warmup.ifPresent(v -> out.add("--warmup"));
        weightDecay.ifPresent(v -> out.add("--weight-decay"));
        clip.ifPresent(v -> out.add("--clip"));
        return out;
    }

    void into(ObjectNode job) {
        learningRate.ifPresent(v -> job.put("learningRate", v));
        schedule.ifPresent(v -> job.put("schedule", v));
        warmup.ifPresent(v -> job.put("warmup", v));
        weightDecay.ifPresent(v -> job.put("weightDecay", v));
        clip.ifPresent(v -> job.put("clip", v));
    }
}
