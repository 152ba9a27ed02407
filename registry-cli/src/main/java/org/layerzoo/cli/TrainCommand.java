package org.layerzoo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.runner.child.Outcome;
import org.layerzoo.runner.child.PluginJar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Trains a layer, a model or a recipe's subject on a task. */
@Command(
        name = "train",
        description =
                "Train a layer (in the task's backbone) or a model on a task, with a recipe or plainly; writes model.safetensors and report.json.")
final class TrainCommand extends LocalCommand {
    @Parameters(paramLabel = "ID", description = "a layer, a model or a recipe")
    String id = "";

    @Option(
            names = "--task",
            paramLabel = "TASK",
            required = true,
            description = "e.g. zoo/mqar, long-range-arena/listops")
    String task = "";

    @Option(
            names = "--task-set",
            paramLabel = "KEY=VALUE",
            description = "one option of the task; repeatable; dots reach nested ones")
    Map<String, String> taskSet = new LinkedHashMap<>();

    @Option(
            names = "--also",
            paramLabel = "KEY=VALUE",
            description =
                    "an option of a task on which the trained model is evaluated as well, e.g. length=256; repeatable")
    Map<String, String> also = new LinkedHashMap<>();

    @Option(
            names = "--watch",
            paramLabel = "SITE",
            description = "tell mean and share of positive values at this site of the trained model, in all blocks")
    Optional<String> watch = Optional.empty();

    @Option(names = "--recipe", paramLabel = "ID", description = "how to train (default: the task's loss, AdamW)")
    Optional<String> recipe = Optional.empty();

    @Option(
            names = "--subject",
            paramLabel = "REF",
            description = "what a recipe trains: a plugin's model or a model.safetensors")
    Optional<String> subject = Optional.empty();

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "steps, of each stage of a recipe at most (default: 200, or the recipe's)")
    Optional<Integer> steps = Optional.empty();

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "32",
            description = "samples a step (default: ${DEFAULT-VALUE})")
    int batch = 32;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "folder for model.safetensors, report.json and checkpoints; an unfinished run of the same command there is continued")
    Optional<Path> out = Optional.empty();

    @Option(
            names = "--checkpoint-every",
            paramLabel = "N",
            defaultValue = "50",
            description = "steps between checkpoints in --out (default: ${DEFAULT-VALUE})")
    int checkpointEvery = 50;

    @Option(names = "--restart", description = "begin anew, whatever run --out holds")
    boolean restart;

    @Mixin
    OptimOptions optim = new OptimOptions();

    @Mixin
    ConfigOptions config = new ConfigOptions();

    @Mixin
    SizeOptions size = new SizeOptions();

    @Mixin
    DrawOptions draws = new DrawOptions();

    @Mixin
    LimitOptions limits = new LimitOptions();

    @Override
    public Integer call() {
        if (restart && out.isEmpty()) {
            throw CommandFailure.badInput("--restart needs --out DIR, the folder whose run is given up");
        }
        if (checkpointEvery < 1) {
            throw CommandFailure.badInput("--checkpoint-every must be 1 or more, given " + checkpointEvery);
        }
        if (batch < 1 || steps.orElse(1) < 1) {
            throw CommandFailure.badInput(
                    "--batch and --steps must be positive, given " + batch + " and " + steps.orElse(1));
        }
        optim.check();
        try (Plugins plugins = plugins();
                Jobs jobs = new Jobs(err(), zoo.debug)) {
            jar(plugins, id);
            jar(plugins, task);
            recipe.ifPresent(r -> jar(plugins, r));
            Optional<OutputFolder> folder = out.map(OutputFolder::create);
            ObjectNode job = job();
            folder.ifPresent(f -> job.putObject("checkpoints")
                    .put("folder", f.folder().toString())
                    .put("every", checkpointEvery)
                    .put("restart", restart));
            Outcome.Succeeded done = trained(jobs, job, all(plugins));
            ObjectNode document = (ObjectNode) done.json();
            folder.ifPresent(f -> {
                f.take(done.files(), document);
                f.write("report.json", document);
            });
            if (zoo.json) {
                print(document);
            } else {
                text(document);
            }
        }
        return 0;
    }

    /** A run that could not end (a limit, a full disk) says that it can go on. */
    private Outcome.Succeeded trained(Jobs jobs, ObjectNode job, List<PluginJar> plugins) {
        try {
            return jobs.result("training", job, plugins, limits.limits());
        } catch (CommandFailure e) {
            boolean kept = out.map(o -> Files.exists(o.resolve("checkpoint.safetensors")))
                    .orElse(false);
            throw e.exitCode() == 3 && kept
                    ? CommandFailure.of(
                            3, e.getMessage() + "; the same command goes on from the checkpoint in " + out.get())
                    : e;
        }
    }

    private ObjectNode job() {
        ObjectNode o = object();
        o.putObject("plugin").put("id", id);
        o.put("task", task).put("batch", batch).put("learningRate", 3e-3);
        optim.into(o);
        if (!taskSet.isEmpty()) {
            ObjectNode options = o.putObject("taskSet");
            taskSet.forEach(options::put);
        }
        if (!also.isEmpty()) {
            ObjectNode options = o.putObject("also");
            also.forEach(options::put);
        }
        watch.ifPresent(s -> o.put("watch", s));
        draws.into(o);
        size.into(o);
        config.into(o);
        recipe.ifPresent(r -> o.put("recipe", r));
        subject.ifPresent(s -> o.put("subject", file(s)));
        steps.ifPresent(n -> o.put("steps", n));
        return o;
    }

    /** A file is named absolutely, since the job has a folder of its own. */
    static String file(String reference) {
        return reference.endsWith(".safetensors")
                ? Path.of(reference).toAbsolutePath().toString()
                : reference;
    }

    private void text(JsonNode d) {
        Table t = new Table("METRIC", "BEFORE", "AFTER");
        d.path("metrics")
                .properties()
                .forEach(e -> t.row(
                        e.getKey(),
                        d.has("before")
                                ? String.format(
                                        "%.4f",
                                        d.path("before").path(e.getKey()).asDouble())
                                : "-",
                        String.format("%.4f", e.getValue().asDouble())));
        t.print(out());
        if (d.path("resumedAt").asLong() > 0) {
            out().println("continued after step " + d.path("resumedAt").asLong());
        }
        out().printf(
                        "%s on %s, chance %.4f%n",
                        ListCommand.text(d, d.has("subject") ? "subject" : "id"),
                        task,
                        d.path("chance").asDouble());
        d.path("files").forEach(f -> out().println("wrote " + f.asString()));
    }
}
