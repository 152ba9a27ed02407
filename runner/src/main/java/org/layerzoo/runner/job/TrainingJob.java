package org.layerzoo.runner.job;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.core.spi.Recipe;
import org.layerzoo.core.spi.RecipeProvider;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TaskProvider;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.runner.child.JobResult;
import org.layerzoo.train.Evaluator;
import org.layerzoo.train.ModelFile;
import org.layerzoo.train.TaskObjective;
import org.layerzoo.train.Trainer;
import org.layerzoo.train.optim.Schedule;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Trains. Spec: plugin {id}, task, taskSet (options of the task), recipe, subject, steps, seed, batch, size, config, set; without a recipe
 * also learningRate, schedule, warmup, weightDecay, clip (see {@link #optim}); checkpoints (see {@link Keeping}), also (options of a task on which the trained model is evaluated as well, as of longer sequences), watch
 * (a site whose values in the trained model are told, in all blocks). The result holds the metrics before and after, the losses and norms of
 * gradients; the trained model is {@link #FILE}.
 */
public final class TrainingJob extends ZooJob {
    /** Name of the result file. */
    public static final String FILE = "model.safetensors";

    private static final double USUAL_RATE = 3e-3;
    private static final int EVALUATED_BATCHES = 8;
    private static final double TRAINING = 0.9;

    public TrainingJob() {
        super("training");
    }

    @Override
    JobResult run(Work work) {
        Spec spec = work.spec();
        long seed = spec.number("seed", 0);
        String id = new Spec(spec.object("plugin").orElseThrow(() -> ZooException.badArgument("'plugin' is missing")))
                .text("id");
        Task task = task(Subjects.provider(work.plugins(), spec.text("task")), spec, spec.texts("taskSet"), seed);
        Provider<?> asked = Subjects.provider(work.plugins(), id);
        Optional<String> recipe = asked instanceof RecipeProvider<?> ? Optional.of(id) : spec.optionalText("recipe");
        recipe.ifPresent(r -> refuseOptim(r, spec));
        TrainStage.Optim optim = optim(spec);
        Optional<String> subject = subject(asked, id, spec);
        Optional<Model> model = subject.map(ref -> new Subject(work, seed).of(ref, task));
        int batch = spec.integer("batch", 32);
        ObjectNode json = Configs.mapper().createObjectNode();
        json.put("id", id).put("task", spec.text("task")).put("seed", seed);
        subject.ifPresent(ref -> json.put("subject", ref));
        version(work, subject.orElse(id)).ifPresent(v -> json.put("version", v));
        model.ifPresent(m -> json.put("parameters", parameters(m)).set("state", Carried.of(m, task)));
        recipe.ifPresent(r -> json.put("recipe", r));
        model.ifPresent(m -> json.set("before", metrics(m, task, batch, new JobRunContext(work, seed, 0, 0))));
        JobRunContext context = new JobRunContext(work, seed, 0, TRAINING);
        Optional<Recipe> plan =
                recipe.map(r -> create(Subjects.provider(work.plugins(), r), r, size(spec), model, task, context));
        List<TrainStage> stages =
                plan.map(Recipe::stages).orElseGet(() -> List.of(plain(model.orElseThrow(), task, optim, spec)));
        List<TrainStage> capped = stages.stream().map(s -> capped(s, spec)).toList();
        Keeping kept = Keeping.of(work);
        Trainer.Result result =
                kept.run(() -> new Trainer(kept.options(), context).run(capped, TaskObjective.batches(task, batch)));
        json.put("resumedAt", result.resumedAt());
        Model trained = plan.map(Recipe::finished).or(() -> model).orElseThrow();
        json.set("metrics", metrics(trained, task, batch, new JobRunContext(work, seed, TRAINING, 1 - TRAINING)));
        beside(work, trained, task, batch, seed, json);
        json.put("chance", task.chance());
        stages(json.putArray("stages"), capped, result);
        Path file = work.context().outputs().resolve(FILE);
        ModelFile.write(file, trained);
        return new JobResult(json, List.of(file));
    }

    /** What is trained: the plugin itself, or what a recipe is given; a recipe that asks for nothing builds its own. */
    private static Optional<String> subject(Provider<?> asked, String id, Spec spec) {
        if (!(asked instanceof RecipeProvider<?> recipe)) {
            return Optional.of(spec.text("subject", id));
        }
        Optional<String> given = spec.optionalText("subject");
        if (given.isEmpty() && !recipe.slots().isEmpty()) {
            throw ZooException.badArgument("recipe '" + id + "' trains a subject: expected --subject REF");
        }
        return given;
    }

    /** The version of a trained plugin; a file has none. */
    private static Optional<String> version(Work work, String subject) {
        return subject.endsWith(".safetensors")
                ? Optional.empty()
                : Optional.of(Subjects.plugin(work.plugins(), subject).jar().shownVersion());
    }

    private static long parameters(Model model) {
        return model.params().trainable().stream()
                .mapToLong(p -> p.value().size())
                .sum();
    }

    static Size size(Spec spec) {
        String text = spec.text("size", "test");
        for (Size s : Size.values()) {
            if (s.name().equalsIgnoreCase(text)) {
                return s;
            }
        }
        throw ZooException.badArgument("'size' must be tiny, test or paper, given '" + text + "'");
    }

    /** @throws ZooException BAD_ARGUMENT when the provider is no task, BAD_CONFIG when its options do not fit */
    static Task task(Provider<?> p, Spec spec, Map<String, String> set, long seed) {
        if (p instanceof TaskProvider<?> t) {
            return create(t, size(spec), set, seed);
        }
        throw new ZooException(
                ErrorCode.BAD_ARGUMENT, "'" + spec.text("task") + "' is no task but a " + Subjects.kind(p));
    }

    /** What is asked of the trained model beside its metrics. */
    private static void beside(Work work, Model trained, Task task, int batch, long seed, ObjectNode json) {
        Spec spec = work.spec();
        if (spec.has("also")) {
            Map<String, String> set = new LinkedHashMap<>(spec.texts("taskSet"));
            set.putAll(spec.texts("also"));
            Task other = task(Subjects.provider(work.plugins(), spec.text("task")), spec, set, seed);
            json.set("also", metrics(trained, other, batch, new JobRunContext(work, seed, 1, 0)));
        }
        spec.optionalText("watch").ifPresent(s -> json.set("watch", Watched.of(trained, task, batch, s)));
    }

    private static <C extends Record> Task create(TaskProvider<C> p, Size size, Map<String, String> set, long seed) {
        C config = p.defaults(size);
        return p.create(set.isEmpty() ? config : Configs.set(config, set), seed);
    }

    private static Recipe create(
            Provider<?> p, String ref, Size size, Optional<Model> model, Task task, JobRunContext context) {
        if (p instanceof RecipeProvider<?> r) {
            return create(r, size, model, task, context);
        }
        throw new ZooException(ErrorCode.BAD_ARGUMENT, "'" + ref + "' is no recipe but a " + Subjects.kind(p));
    }

    private static <C extends Record> Recipe create(
            RecipeProvider<C> p, Size size, Optional<Model> model, Task task, JobRunContext context) {
        String slot = p.slots().isEmpty() ? "subject" : p.slots().getFirst().name();
        Map<String, Model> subjects = model.map(m -> Map.of(slot, m)).orElseGet(Map::of);
        return p.create(p.defaults(size), subjects, Optional.of(task), context);
    }

    private static TrainStage plain(Model model, Task task, TrainStage.Optim optim, Spec spec) {
        return new TrainStage("train", model, new TaskObjective(task), p -> true, optim, spec.integer("steps", 200));
    }

    /**
     * AdamW at {@code learningRate} (0.003), {@code schedule} (constant; see {@link Schedule}) behind {@code warmup} steps (0), {@code
     * weightDecay} (0), gradients clipped to the joint norm {@code clip} (1; 0 for none).
     *
     * @throws ZooException BAD_ARGUMENT or BAD_CONFIG naming what is wrong
     */
    static TrainStage.Optim optim(Spec spec) {
        TrainStage.Optim usual = TrainStage.Optim.adamW(spec.real("learningRate", USUAL_RATE));
        TrainStage.Optim o = new TrainStage.Optim(
                usual.optimizer(),
                usual.learningRate(),
                spec.real("weightDecay", usual.weightDecay()),
                spec.real("clip", usual.clipNorm()),
                spec.text("schedule", usual.schedule()),
                spec.integer("warmup", usual.warmup()));
        if (!(o.learningRate() > 0)) {
            throw ZooException.badArgument("'learningRate' must be positive, given " + o.learningRate());
        }
        if (o.weightDecay() < 0 || o.clipNorm() < 0 || o.warmup() < 0) {
            throw ZooException.badArgument("'weightDecay', 'clip' and 'warmup' must be 0 or more, given "
                    + o.weightDecay() + ", " + o.clipNorm() + " and " + o.warmup());
        }
        Schedule.of(o, spec.integer("steps", 200));
        return o;
    }

    /** The usual learning rate is no wish: the command always says one. */
    private static void refuseOptim(String recipe, Spec spec) {
        List<String> given = new ArrayList<>(List.of("schedule", "warmup", "weightDecay", "clip"));
        given.removeIf(n -> !spec.has(n));
        if (spec.real("learningRate", USUAL_RATE) != USUAL_RATE) {
            given.addFirst("learningRate");
        }
        if (!given.isEmpty()) {
            throw ZooException.badArgument(
                    "recipe '" + recipe + "' says itself how it trains: expected none of " + String.join(", ", given));
        }
    }

    private static TrainStage capped(TrainStage s, Spec spec) {
        int steps = Math.min(s.steps(), spec.integer("steps", s.steps()));
        return new TrainStage(s.name(), s.model(), s.program(), s.trainable(), s.optim(), steps);
    }

    private static ObjectNode metrics(Model model, Task task, int batch, JobRunContext context) {
        ObjectNode o = Configs.mapper().createObjectNode();
        Evaluator.run(model, task, Task.Split.TEST, EVALUATED_BATCHES, batch, context)
                .forEach(o::put);
        return o;
    }

    /** Mean of the gradient norms behind the first tenth of the steps, and their standard deviation over it. */
    private static void gradients(ObjectNode stage, double[] norms) {
        double[] late = Arrays.stream(norms)
                .skip(norms.length / 10)
                .filter(v -> !Double.isNaN(v))
                .toArray();
        if (late.length > 1) {
            double mean = Arrays.stream(late).average().orElseThrow();
            double variance =
                    Arrays.stream(late).map(v -> (v - mean) * (v - mean)).sum() / (late.length - 1);
            stage.put("gradientNorm", mean).put("gradientSpread", Math.sqrt(variance) / mean);
        }
    }

    private static void stages(ArrayNode out, List<TrainStage> stages, Trainer.Result result) {
        for (int i = 0; i < stages.size(); i++) {
            ObjectNode o = out.addObject()
                    .put("name", stages.get(i).name())
                    .put("steps", stages.get(i).steps());
            ArrayNode losses = o.putArray("loss");
            for (double v : result.history().of(i, "loss")) {
                losses.add(v);
            }
            gradients(o, result.history().of(i, Trainer.GRADIENT_NORM));
        }
    }
}
