package org.layerzoo.runner.job;

import java.nio.file.Path;
import java.util.List;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.spi.Task;
import org.layerzoo.runner.child.JobContext;
import org.layerzoo.runner.child.Limits;
import org.layerzoo.runner.child.PluginJar;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Quality beside speed: trains every layer of a benchmark on one task under one budget (steps, batch, learning rate, seed, hence the
 * same data in the same order), in the task's own backbone, and adds {@code quality} to its rows.
 *
 * @param from share of the job that is done before
 */
record Quality(ZooJob.Work work, String task, double from) {
    private static final List<String> BUDGET = List.of(
            "steps",
            "seed",
            "trainBatch",
            "size",
            "taskSet",
            "learningRate",
            "schedule",
            "warmup",
            "weightDecay",
            "clip");

    /** @throws ZooException UNKNOWN_PLUGIN, BAD_ARGUMENT or BAD_CONFIG when there is no such task or budget, before anything is measured */
    static void check(ZooJob.Work work, String task) {
        made(work, task);
        TrainingJob.optim(work.spec());
        if (work.spec().integer("steps", 1) < 1 || work.spec().integer("trainBatch", 1) < 1) {
            throw ZooException.badArgument("'steps' and 'trainBatch' must be 1 or more");
        }
    }

    private static Task made(ZooJob.Work work, String task) {
        Spec spec = work.spec();
        return TrainingJob.task(
                Subjects.provider(work.plugins(), task), spec, spec.texts("taskSet"), spec.number("seed", 0));
    }

    /** The trained layers of rows that {@link #addTo} has seen, best first. */
    ArrayNode ranking(ArrayNode results, List<String> ids) {
        return Ranking.of(results, ids, made(work, task).metrics().getFirst()).json();
    }

    /** Trains each of the layers; one that cannot be trained on this task says why in its rows. */
    void addTo(ArrayNode results, List<String> ids) throws Exception {
        for (int i = 0; i < ids.size(); i++) {
            double share = (1 - from) / ids.size();
            ObjectNode quality = trained(ids.get(i), from + i * share, share);
            for (JsonNode row : results) {
                if (row.path("id").asString().equals(ids.get(i))
                        && row.path("implementation").asString().equals("layerzoo")) {
                    ((ObjectNode) row).set("quality", quality);
                }
            }
        }
    }

    private ObjectNode trained(String id, double at, double share) throws Exception {
        ObjectNode spec = Configs.mapper().createObjectNode().put("task", task);
        spec.putObject("plugin").put("id", id);
        BUDGET.stream()
                .filter(work.spec()::has)
                .forEach(n -> spec.set(
                        n.equals("trainBatch") ? "batch" : n, work.spec().json().get(n)));
        ObjectNode quality = Configs.mapper().createObjectNode().put("task", task);
        long start = System.nanoTime();
        try {
            JsonNode done = new TrainingJob()
                    .run(new ZooJob.Work(new Part(work.context(), id, at, share), new Spec(spec), work.plugins()))
                    .json();
            quality.put("trainSeconds", (System.nanoTime() - start) / 1e9);
            List.of("seed", "parameters", "state", "metrics", "before", "chance")
                    .forEach(n -> quality.set(n, done.get(n)));
            quality.put("steps", done.at("/stages/0/steps").asInt());
            work.context().log(id + " on " + task + ": " + done.get("metrics"));
        } catch (ZooException e) {
            if (e.code() == ErrorCode.CANCELLED) {
                throw e;
            }
            quality.put("refused", e.getMessage());
            work.context().log(id + " on " + task + ": refused, " + e.getMessage());
        }
        return quality;
    }

    /** A job's context in which a training is a part of the job. */
    private record Part(JobContext whole, String id, double from, double share) implements JobContext {
        @Override
        public void announce(tools.jackson.databind.JsonNode document) {
            whole.announce(document);
        }

        @Override
        public JsonNode spec() {
            return whole.spec();
        }

        @Override
        public List<PluginJar> plugins() {
            return whole.plugins();
        }

        @Override
        public Path folder() {
            return whole.folder();
        }

        @Override
        public Limits limits() {
            return whole.limits();
        }

        @Override
        public void progress(double fraction, String message) {
            whole.progress(Math.clamp(from + share * fraction, 0.0, 1.0), id + ": " + message);
        }

        @Override
        public void log(String message) {
            whole.log(message);
        }

        @Override
        public boolean cancelled() {
            return whole.cancelled();
        }
    }
}
