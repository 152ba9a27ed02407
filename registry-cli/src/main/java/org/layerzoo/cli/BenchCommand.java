package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleFunction;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.runner.child.Limits;
import org.layerzoo.runner.child.Outcome;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Measures layers on this machine. */
@Command(
        name = "bench",
        description = "Measure latency, memory, rate and growth with length; no figure without a right result.")
final class BenchCommand extends LocalCommand {
    @Parameters(paramLabel = "ID", arity = "1..*", description = "layers, ID[@VERSION][/PROVIDER]")
    List<String> ids = new ArrayList<>();

    @Option(
            names = "--lengths",
            paramLabel = "N",
            split = ",",
            defaultValue = "256,1024,4096",
            description = "tokens (default: ${DEFAULT-VALUE})")
    List<Integer> lengths = new ArrayList<>();

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "1",
            description = "rows of the batch (default: ${DEFAULT-VALUE})")
    int batch = 1;

    @Option(
            names = "--dim",
            paramLabel = "N",
            defaultValue = "512",
            description = "model width (default: ${DEFAULT-VALUE})")
    int dim = 512;

    @Option(names = "--heads", paramLabel = "N", defaultValue = "8", description = "heads (default: ${DEFAULT-VALUE})")
    int heads = 8;

    @Option(
            names = "--pass",
            paramLabel = "forward|backward|decode",
            defaultValue = "forward",
            description =
                    "backward: forward and gradients; decode: one token behind N others (default: ${DEFAULT-VALUE})")
    String pass = "forward";

    @Option(
            names = "--unit",
            paramLabel = "layer|core",
            defaultValue = "layer",
            description = "layer: with projections; core: the mixing alone (default: ${DEFAULT-VALUE})")
    String unit = "layer";

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description = "also train each of them on it under one budget, e.g. zoo/mqar: quality beside speed")
    Optional<String> task = Optional.empty();

    @Option(names = "--steps", paramLabel = "N", description = "training steps with --task (default: 200)")
    Optional<Integer> steps = Optional.empty();

    @Option(
            names = "--size",
            paramLabel = "tiny|test|paper",
            description = "size of the task of --task (default: test)")
    Optional<String> size = Optional.empty();

    @Option(
            names = "--task-set",
            paramLabel = "KEY=VALUE",
            description = "one option of the task of --task; repeatable; dots reach nested ones")
    Map<String, String> taskSet = new LinkedHashMap<>();

    @Option(names = "--train-batch", paramLabel = "N", description = "samples a step with --task (default: 32)")
    Optional<Integer> trainBatch = Optional.empty();

    @Mixin
    OptimOptions optim = new OptimOptions();

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "one option of the configuration, of one plugin only; repeatable; dots reach nested ones")
    Map<String, String> set = new LinkedHashMap<>();

    @Option(
            names = "--clock",
            paramLabel = "wall|cpu",
            defaultValue = "wall",
            description = "wall time, or with --threads 1 the thread's processor time (default: ${DEFAULT-VALUE})")
    String clock = "wall";

    @Option(
            names = "--effort",
            paramLabel = "X",
            defaultValue = "1",
            description = "share of the usual time for warm-up and measuring (default: ${DEFAULT-VALUE})")
    double effort = 1;

    @Option(names = "--peers", description = "also the naive form and LibTorch, in the same run")
    boolean peers;

    @Option(names = "--out", paramLabel = "FILE", description = "write the JSON document there too")
    Optional<Path> file = Optional.empty();

    @Mixin
    TypeOptions type = new TypeOptions();

    @Mixin
    DrawOptions draws = new DrawOptions();

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Mixin
    LimitOptions limits = new LimitOptions();

    @Override
    public Integer call() {
        check();
        final JsonNode document;
        try (Plugins plugins = plugins();
                Jobs jobs = new Jobs(err(), zoo.debug, peers ? ZooHome.peerJars() : List.of())) {
            ids.forEach(id -> jar(plugins, id));
            task.ifPresent(t -> jar(plugins, t));
            Limits allowed = limits.limits();
            Outcome.Succeeded done = jobs.result("benchmark", job(), all(plugins), allowed);
            document = done.json();
            MeasurementStore store = new MeasurementStore(ZooHome.folder());
            // What is stored stands for the default configuration in wall time.
            ids.stream()
                    .filter(id -> set.isEmpty() && clock.equals("wall"))
                    .map(id -> jar(plugins, id))
                    .distinct()
                    .forEach(j -> store.write(j.sha256(), j.id(), document, backend.backend));
        }
        file.ifPresent(f -> write(f, document));
        if (zoo.json) {
            print(document);
        } else {
            text(document);
        }
        return exit(document);
    }

    /** What would otherwise be found wrong only after minutes of measuring. */
    private void check() {
        List<String> ofTask = budget();
        if (task.isEmpty() && !ofTask.isEmpty()) {
            throw CommandFailure.badInput(String.join(", ", ofTask) + (ofTask.size() == 1 ? " belongs" : " belong")
                    + " to --task, which is missing");
        }
        optim.check();
        if (!set.isEmpty() && ids.stream().distinct().count() > 1) {
            throw CommandFailure.badInput("--set configures one plugin, given " + String.join(", ", ids));
        }
        if (steps.orElse(1) < 1) {
            throw CommandFailure.badInput("--steps must be 1 or more, given " + steps.get());
        }
        if (trainBatch.orElse(1) < 1) {
            throw CommandFailure.badInput("--train-batch must be 1 or more, given " + trainBatch.get());
        }
        file.ifPresent(f -> {
            Path folder = f.toAbsolutePath().getParent();
            if (folder == null || !Files.isDirectory(folder) || Files.isDirectory(f)) {
                throw CommandFailure.badInput("--out must be a file in a folder that exists, given " + f);
            }
        });
    }

    /** Options that say how to train and were given. */
    private List<String> budget() {
        List<String> out = new ArrayList<>();
        steps.ifPresent(n -> out.add("--steps"));
        size.ifPresent(n -> out.add("--size"));
        trainBatch.ifPresent(n -> out.add("--train-batch"));
        if (!taskSet.isEmpty()) {
            out.add("--task-set");
        }
        out.addAll(optim.given());
        return out;
    }

    private ObjectNode job() {
        ObjectNode o = object();
        ArrayNode plugins = o.putArray("plugins");
        ids.stream().distinct().forEach(id -> {
            ObjectNode plugin = plugins.addObject().put("id", id);
            if (!set.isEmpty()) {
                ObjectNode options = plugin.putObject("set");
                set.forEach(options::put);
            }
        });
        ArrayNode tokens = o.putArray("lengths");
        lengths.forEach(tokens::add);
        o.put("batch", batch)
                .put("dim", dim)
                .put("heads", heads)
                .put("pass", pass)
                .put("unit", unit);
        o.put("peers", peers).put("clock", clock).put("effort", effort);
        type.into(o);
        draws.into(o);
        backend.into(o);
        task.ifPresent(t -> o.put("task", t));
        steps.ifPresent(n -> o.put("steps", n));
        size.ifPresent(n -> o.put("size", n));
        trainBatch.ifPresent(n -> o.put("trainBatch", n));
        if (!taskSet.isEmpty()) {
            ObjectNode options = o.putObject("taskSet");
            taskSet.forEach(options::put);
        }
        optim.into(o);
        return o;
    }

    /** 1 when nothing was measured, or when an op needed another way although that was forbidden. */
    private int exit(JsonNode document) {
        List<JsonNode> ours = document.path("results")
                .valueStream()
                .filter(r -> r.path("implementation").asString().equals("layerzoo"))
                .toList();
        boolean none = ours.stream().allMatch(r -> r.path("refused").isString());
        boolean some =
                ours.stream().anyMatch(r -> r.path("refused").asString("").contains("--no-fallback"));
        if (none && zoo.json) {
            err().println("zoo: nothing was measured: "
                    + ours.getFirst().path("refused").asString());
        }
        return none || some ? 1 : 0;
    }

    private static void write(Path file, JsonNode document) {
        try {
            Files.write(file, Configs.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(document));
        } catch (IOException e) {
            throw CommandFailure.cannotRun("cannot write " + file + ": " + e, e);
        }
    }

    private void text(JsonNode document) {
        Table t = new Table("ID", "BY", "LENGTH", "MEDIAN ms", "P95 ms", "TOKENS/s", "PEAK", "GFLOP/s", "ERROR", "");
        document.path("results").forEach(r -> {
            String why = r.path("refused").isString()
                    ? "refused: " + r.get("refused").asString()
                    : r.path("fallbacks").isEmpty() ? "" : "fallbacks: " + InfoCommand.list(r.path("fallbacks"));
            String ignored = r.path("ignored").isEmpty() ? "" : "ignored: " + InfoCommand.list(r.path("ignored")) + " ";
            t.row(
                    ListCommand.text(r, "id"),
                    ListCommand.text(r, "implementation"),
                    r.path("length").asString(),
                    number(r.path("medianMs"), v -> String.format("%.3f", v)),
                    number(r.path("p95Ms"), v -> String.format("%.3f", v)),
                    number(r.path("tokensPerSecond"), v -> String.format("%.0f", v)),
                    number(r.path("peakBytes"), v -> Limits.formatSize((long) v)),
                    number(r.path("gflops"), v -> String.format("%.1f", v)),
                    number(r.path("relError"), v -> String.format("%.1e", v)),
                    ignored + why);
        });
        t.print(out());
        quality(document);
        document.path("fits")
                .forEach(f -> out().println(ListCommand.text(f, "id") + " (" + ListCommand.text(f, "implementation")
                        + "): time grows as T^" + number(f.path("timeExponent"), v -> String.format("%.2f", v))
                        + ", memory as T^" + number(f.path("memoryExponent"), v -> String.format("%.2f", v))));
        document.path("crossovers").forEach(c -> out().printf(
                        "from length %d on %s is faster than %s%n",
                        c.path("length").asLong(), ListCommand.text(c, "after"), ListCommand.text(c, "before")));
        JsonNode e = document.path("environment");
        out().println(ListCommand.text(e, "cpu") + ", " + e.path("threads").asInt() + " threads, JDK "
                + ListCommand.text(e, "jdk") + ", " + ListCommand.text(e, "backend"));
    }

    /** The trained layers, best first, and why others were not trained. */
    private void quality(JsonNode document) {
        JsonNode ranking = document.path("ranking");
        if (!ranking.isEmpty()) {
            JsonNode first = ranking.get(0);
            out().println();
            Table t = new Table(
                    "RANK",
                    "ID",
                    ListCommand.text(first, "metric").toUpperCase(Locale.ROOT),
                    "STATE",
                    "TOKENS/s at " + first.path("length").asString("-"),
                    "PARAMETERS",
                    "");
            ranking.forEach(r -> t.row(
                    r.path("rank").asString(),
                    ListCommand.text(r, "id"),
                    number(r.path("value"), v -> String.format("%.4f", v)),
                    number(r.path("state"), v -> String.format("%.0f", v))
                            + (r.path("grows").asBoolean(false) ? ", grows" : ""),
                    number(r.path("tokensPerSecond"), v -> String.format("%.0f", v)),
                    r.path("parameters").asString(),
                    r.path("unbeaten").asBoolean(false) ? "unbeaten" : ""));
            t.print(out());
            out().printf(
                            "%s, chance %.4f; state: numbers that a stream of the model holds; unbeaten: no other is as good in all three%n",
                            task.orElseThrow(), first.path("chance").asDouble());
        }
        document.path("results")
                .valueStream()
                .filter(r -> r.at("/quality/refused").isString())
                .map(r -> ListCommand.text(r, "id") + " was not trained: "
                        + r.at("/quality/refused").asString())
                .distinct()
                .forEach(out()::println);
    }

    private static String number(JsonNode n, DoubleFunction<String> form) {
        return n.isNumber() ? form.apply(n.asDouble()) : "-";
    }
}
