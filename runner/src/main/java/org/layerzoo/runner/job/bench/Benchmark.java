package org.layerzoo.runner.job.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.function.BiConsumer;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Models;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Measures layers one after another and writes the results and fits of {@code zoo bench --json}. */
public final class Benchmark {
    private final Question question;
    private final Dispatcher backend;
    private final Measured.Setting setting;
    private final ArrayNode results = Configs.mapper().createArrayNode();
    private final ArrayNode fits = Configs.mapper().createArrayNode();
    /** Our own figures of each layer. */
    private final SequencedMap<String, List<Cell>> ours = new LinkedHashMap<>();

    /**
     * @param peers whether the naive form and other libraries are measured beside ours
     * @param threads that another library may use
     * @param clock what times are read from
     * @param effort share of the usual time for warm-up and measuring
     * @param deadline of the whole job, in nanoseconds of {@link System#nanoTime}
     */
    public Benchmark(
            Question question,
            Dispatcher backend,
            boolean peers,
            int threads,
            Question.Clock clock,
            double effort,
            long deadline) {
        this.question = question;
        this.backend = backend;
        this.setting = new Measured.Setting(peers, threads, new Timing.How(clock, effort), deadline);
    }

    /** A layer to measure, configured for the sizes; options that had no role are in {@code ignored}. */
    public record Subject<C extends Record>(String id, LayerProvider<C> provider, C config, List<String> ignored) {}

    /** At every length all implementations in turns. */
    public <C extends Record> void measure(Subject<C> s, Models.Options options, BiConsumer<Double, String> told) {
        Measured m = new Measured(question, backend, setting).run(s.provider(), s.config(), options, told);
        m.rows().forEach((name, rows) -> add(s, name, rows, m.cells(name)));
        ours.put(s.id(), m.cells(Measured.OURS));
    }

    /** A layer that cannot even be configured for these sizes. */
    public void refuse(String id, String reason) {
        Subject<?> none = new Subject<>(id, null, null, List.of());
        question.lengths().forEach(length -> row(none, "layerzoo", length).put("refused", reason));
    }

    private void add(Subject<?> s, String name, Map<Integer, Measured.Row> rows, List<Cell> cells) {
        rows.forEach((length, r) -> {
            ObjectNode row = row(s, name, length);
            r.cell().ifPresentOrElse(c -> figures(row, c), () -> row.put("refused", r.refused()));
        });
        // The fastest run is the one that other programs have disturbed least.
        OptionalDouble time = Fit.exponent(cells, c -> c.timing().min());
        OptionalDouble memory = Fit.exponent(cells, c -> c.peakBytes().orElse(0L));
        if (time.isPresent()) {
            ObjectNode fit = fits.addObject()
                    .put("id", s.id())
                    .put("implementation", name)
                    .put("pass", Question.label(question.pass()));
            fit.put("timeExponent", time.getAsDouble());
            memory.ifPresentOrElse(v -> fit.put("memoryExponent", v), () -> fit.putNull("memoryExponent"));
            fit.put("points", cells.size());
        }
    }

    private ObjectNode row(Subject<?> s, String implementation, int length) {
        ObjectNode o = results.addObject();
        o.put("id", s.id()).put("implementation", implementation);
        o.put("unit", Question.label(question.unit())).put("pass", Question.label(question.pass()));
        o.put("dtype", Question.label(question.dtype()));
        o.put("batch", question.batch())
                .put("length", length)
                .put("dim", question.dim())
                .put("heads", question.heads());
        List.of("medianMs", "p95Ms", "minMs", "runs", "tokensPerSecond", "peakBytes", "flops", "gflops")
                .forEach(o::putNull);
        o.putArray("fallbacks");
        s.ignored().forEach(o.putArray("ignored")::add);
        return o.putNull("refused").putNull("relError").putNull("relErrorLength");
    }

    private void figures(ObjectNode o, Cell c) {
        Timing t = c.timing();
        long tokens = (long) question.batch() * (question.pass() == Question.Pass.DECODE ? 1 : c.length());
        o.put("medianMs", t.median())
                .put("p95Ms", t.p95())
                .put("minMs", t.min())
                .put("runs", t.runs());
        o.put("tokensPerSecond", tokens / t.median() * 1e3);
        c.peakBytes().ifPresent(b -> o.put("peakBytes", b));
        o.put("flops", c.flops()).put("gflops", c.flops() / t.median() / 1e6);
        if (question.pass() == Question.Pass.DECODE) {
            o.put("stateBytes", c.stateBytes());
        }
        ArrayNode fallbacks = o.putArray("fallbacks");
        new ArrayList<>(c.fallbacks()).forEach(fallbacks::add);
        o.put("relError", c.gate().error()).put("relErrorLength", c.gate().length());
    }

    /** Lengths at which one layer overtakes another: [{"before", "after", "length"}]. */
    public ArrayNode crossovers() {
        ArrayNode out = Configs.mapper().createArrayNode();
        List<String> ids = List.copyOf(ours.keySet());
        for (int i = 0; i < ids.size(); i++) {
            for (String other : ids.subList(i + 1, ids.size())) {
                Crossover.between(ids.get(i), ours.get(ids.get(i)), other, ours.get(other))
                        .forEach(c -> out.addObject()
                                .put("before", c.before())
                                .put("after", c.after())
                                .put("length", Math.round(c.length())));
            }
        }
        return out;
    }

    public ArrayNode results() {
        return results;
    }

    public ArrayNode fits() {
        return fits;
    }
}
