package org.layerzoo.runner.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TaskProvider;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.nn.host.Mixer;
import org.layerzoo.runner.child.JobResult;
import org.layerzoo.train.task.TokenTask;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How well one mixer recalls in several configurations under one budget. Spec: plugin {id}; task {id, config, mix}, mix being options of the
 * tasks that are trained on in turns, step by step, where that is not the task alone; first {id, config}, the mixer of the first block;
 * budget (see {@link Budget}); rows [{key, config, seed}], config holding the mixer's options that differ from its TEST configuration. Each
 * row is announced as {@code row} when it is done, and all are in {@code rows} of the result; a configuration that cannot be trained says why
 * in {@code refused}.
 */
public final class RecallJob extends ZooJob {
    public RecallJob() {
        super("recall");
    }

    @Override
    JobResult run(Work work) {
        Spec spec = work.spec();
        String id = named(spec, "plugin").text("id");
        Budget budget = Budget.of(named(spec, "budget"));
        List<JsonNode> wanted = spec.json().path("rows").valueStream().toList();
        if (wanted.isEmpty()) {
            throw ZooException.badArgument("'rows' is missing or empty");
        }
        ObjectNode json = Configs.mapper().createObjectNode();
        ArrayNode rows = json.putArray("rows");
        for (int i = 0; i < wanted.size(); i++) {
            Spec asked = new Spec(wanted.get(i));
            long seed = asked.number("seed", 0);
            JobRunContext context = new JobRunContext(work, seed, (double) i / wanted.size(), 1.0 / wanted.size());
            ObjectNode row = Configs.mapper().createObjectNode();
            row.put("key", asked.text("key")).put("id", id).put("seed", seed);
            asked.object("config").ifPresent(c -> row.set("config", c));
            try {
                training(work, id, budget, asked, context).into(row);
            } catch (ZooException e) {
                if (e.code() == ErrorCode.CANCELLED) {
                    throw e;
                }
                row.put("refused", e.getMessage());
            }
            rows.add(row);
            work.context().announce(Configs.mapper().createObjectNode().set("row", row));
        }
        return JobResult.of(json);
    }

    private static RecallRun training(Work work, String id, Budget budget, Spec row, JobRunContext context) {
        Spec spec = work.spec();
        long seed = row.number("seed", 0);
        return new RecallRun(
                row.text("key"),
                budget,
                task(work, named(spec, "task"), Optional.empty(), seed),
                mix(work, named(spec, "task"), seed),
                new Mixer.Hybrid(ref(named(spec, "first")), new LayerRef(id, config(row))),
                work.plugins().options(seed, DType.F32),
                context);
    }

    private static Spec named(Spec spec, String name) {
        return new Spec(spec.object(name).orElseThrow(() -> ZooException.badArgument("'" + name + "' is missing")));
    }

    private static LayerRef ref(Spec spec) {
        return new LayerRef(spec.text("id"), config(spec));
    }

    private static Map<String, Object> config(Spec spec) {
        @SuppressWarnings("unchecked")
        Map<String, Object> map = spec.object("config")
                .map(c -> (Map<String, Object>) Configs.mapper().convertValue(c, Map.class))
                .orElseGet(Map::of);
        return map;
    }

    private static List<TokenTask> mix(Work work, Spec spec, long seed) {
        List<Optional<JsonNode>> mix = new ArrayList<>();
        spec.json().path("mix").forEach(m -> mix.add(Optional.of(m)));
        if (mix.isEmpty()) {
            mix.add(Optional.empty());
        }
        return mix.stream().map(m -> task(work, spec, m, seed)).toList();
    }

    /** @param other options that differ from those of the task */
    private static TokenTask task(Work work, Spec spec, Optional<JsonNode> other, long seed) {
        String id = spec.text("id");
        if (Subjects.provider(work.plugins(), id) instanceof TaskProvider<?> p
                && created(p, spec, other, seed) instanceof TokenTask t) {
            return t;
        }
        throw new ZooException(ErrorCode.BAD_ARGUMENT, "'" + id + "' is no task of predicting tokens");
    }

    private static <C extends Record> Task created(TaskProvider<C> p, Spec spec, Optional<JsonNode> other, long seed) {
        C defaults = p.defaults(Size.TEST);
        C config = spec.object("config").map(c -> Configs.read(defaults, c)).orElse(defaults);
        return p.create(other.map(o -> Configs.read(config, o)).orElse(config), seed);
    }

    /**
     * What each training may take, the same for all.
     *
     * @param batch sequences of the task's length a step; as many more as they are shorter in a mix
     * @param rates learning rates tried in this order, until one solves the task; the best on the validation split counts
     * @param schedule of the rate by its name
     * @param warmup steps of linear warm-up before it
     * @param every steps between looks at the validation split
     * @param solved accuracy on it at which a training ends early
     */
    record Budget(int steps, int batch, List<Double> rates, String schedule, int warmup, int every, double solved) {
        static Budget of(Spec s) {
            List<Double> rates = new ArrayList<>();
            s.json().path("rates").forEach(r -> rates.add(r.asDouble()));
            Budget b = new Budget(
                    s.integer("steps", 0),
                    s.integer("batch", 0),
                    rates,
                    s.text("schedule", "constant"),
                    s.integer("warmup", 0),
                    s.integer("every", 0),
                    s.json().path("solved").asDouble(2));
            if (b.steps < 1
                    || b.batch < 1
                    || b.every < 1
                    || rates.isEmpty()
                    || rates.stream().anyMatch(r -> !(r > 0))) {
                throw ZooException.badArgument(
                        "'budget' needs steps, batch, every and rates above 0, given " + s.json());
            }
            return b;
        }
    }
}
