package org.layerzoo.runner.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.runner.child.JobResult;
import org.layerzoo.runner.job.bench.Benchmark;
import org.layerzoo.runner.job.bench.Question;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Measures layers. Spec: plugins [{id, set}], lengths, batch, dim, heads, pass, unit, dtype, backend, noFallback, peers, clock, effort, seed; with a task
 * also task, taskSet, steps, trainBatch, size and how to train (see {@link Quality} and {@link TrainingJob#optim}). The result is the document of {@code zoo bench --json}.
 */
public final class BenchmarkJob extends ZooJob {
    private static final List<Integer> LENGTHS = List.of(256, 1024, 4096);
    /** Share of the job's time after which no further length is begun. */
    private static final double USABLE = 0.9;
    /** Share of a job's progress that measuring has where layers are trained too. */
    private static final double MEASURING = 0.5;

    public BenchmarkJob() {
        super("benchmark");
    }

    @Override
    JobResult run(Work work) throws Exception {
        Spec spec = work.spec();
        Question q = question(spec);
        Dispatcher backend = Dispatcher.of(spec.text("backend", "auto"), spec.flag("noFallback"));
        long deadline = System.nanoTime()
                + (long) (USABLE * work.context().limits().wallTime().toNanos());
        Benchmark benchmark = new Benchmark(
                q, backend, spec.flag("peers"), work.context().limits().threads(), clock(work), effort(spec), deadline);
        List<String> ids = spec.plugins();
        Optional<String> task = spec.optionalText("task");
        task.ifPresent(t -> Quality.check(work, t));
        double measuring = task.isPresent() ? MEASURING : 1;
        ids.forEach(id -> Subjects.layer(work.plugins(), id));
        measure(work, ids, q, benchmark, measuring);
        ObjectNode json = Configs.mapper().createObjectNode();
        json.set("environment", environment(work, backend));
        json.set("results", benchmark.results());
        if (task.isPresent()) {
            Quality quality = new Quality(work, task.get(), measuring);
            quality.addTo(benchmark.results(), ids);
            json.set("ranking", quality.ranking(benchmark.results(), ids));
        }
        json.set("fits", benchmark.fits());
        json.set("crossovers", benchmark.crossovers());
        return JobResult.of(json);
    }

    /** @param measuring share of the job's progress */
    private static void measure(Work work, List<String> ids, Question q, Benchmark benchmark, double measuring) {
        List<Map<String, String>> set = work.spec().options();
        for (int i = 0; i < ids.size(); i++) {
            String id = ids.get(i);
            double from = measuring * i / ids.size();
            double share = measuring / ids.size();
            int before = benchmark.results().size();
            measure(
                    work,
                    Subjects.layer(work.plugins(), id),
                    id,
                    set.get(i),
                    q,
                    benchmark,
                    (f, m) -> work.progress(from + share * f, id + ": " + m));
            tell(work, benchmark.results(), before);
        }
    }

    /** One line a cell, because the next message of progress takes the place of the last one. */
    private static void tell(Work work, ArrayNode results, int from) {
        for (int i = from; i < results.size(); i++) {
            JsonNode row = results.get(i);
            String figure = row.path("refused").isString()
                    ? "refused, " + row.path("refused").asString()
                    : String.format(
                            Locale.ROOT,
                            "median %.3f ms of %d runs",
                            row.path("medianMs").asDouble(),
                            row.path("runs").asInt());
            work.context()
                    .log(row.path("id").asString() + " ("
                            + row.path("implementation").asString() + ") length "
                            + row.path("length").asInt() + ": " + figure);
        }
    }

    private static <C extends Record> void measure(
            Work work,
            LayerProvider<C> p,
            String id,
            Map<String, String> set,
            Question q,
            Benchmark benchmark,
            BiConsumer<Double, String> told) {
        List<String> ignored = new ArrayList<>();
        C config;
        try {
            // Options may be needed for the sizes to fit, and have the last word.
            C chosen = Subjects.configured(p, Optional.empty(), set);
            config = Subjects.sized(chosen, Subjects.Sizes.of(q.dim(), q.heads()), ignored);
            config = set.isEmpty() ? config : Configs.set(config, set);
        } catch (ZooException e) {
            benchmark.refuse(id, e.getMessage());
            return;
        }
        Benchmark.Subject<C> subject = new Benchmark.Subject<>(id, p, config, ignored);
        Models.Options options = work.plugins().options(q.seed(), q.dtype());
        benchmark.measure(subject, options, told);
    }

    private static Question question(Spec s) {
        List<Integer> lengths = s.has("lengths") ? s.integers("lengths") : LENGTHS;
        DType dtype = DType.parse(s.text("dtype", "f32"));
        if (!dtype.isFloating()) {
            throw new ZooException(ErrorCode.BAD_ARGUMENT, "'dtype' must be f32, bf16, f16 or f64, given " + dtype);
        }
        return new Question(
                lengths,
                s.integer("batch", 1),
                s.integer("dim", 512),
                s.integer("heads", 8),
                Question.parse(Question.Pass.class, "pass", s.text("pass", "forward")),
                Question.parse(Question.Unit.class, "unit", s.text("unit", "layer")),
                dtype,
                s.number("seed", 0));
    }

    private static Question.Clock clock(Work work) {
        Question.Clock clock =
                Question.parse(Question.Clock.class, "clock", work.spec().text("clock", "wall"));
        int threads = work.context().limits().threads();
        if (clock == Question.Clock.CPU && threads > 1) {
            throw ZooException.badArgument(
                    "'clock' cpu counts one thread's time: expected --threads 1, given " + threads);
        }
        return clock;
    }

    private static double effort(Spec spec) {
        double effort = spec.json().path("effort").asDouble(1);
        if (!(effort > 0 && effort <= 10)) {
            throw ZooException.badArgument("'effort' must lie above 0 and not above 10, given " + effort);
        }
        return effort;
    }

    private static ObjectNode environment(Work work, Dispatcher backend) {
        int threads = work.context().limits().threads();
        ObjectNode o = Configs.mapper().createObjectNode();
        o.put("cpu", Hardware.cpu()).put("cores", Hardware.cores()).put("threads", threads);
        o.put("jdk", Runtime.version().toString())
                .put("clock", work.spec().text("clock", "wall"))
                .put("backend", backend.backend())
                .put("device", "cpu");
        return o;
    }
}
