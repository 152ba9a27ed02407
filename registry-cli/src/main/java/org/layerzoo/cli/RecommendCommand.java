package org.layerzoo.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.plugin.JarLayout;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.runner.child.Limits;
import org.layerzoo.runner.child.Outcome;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Which mixer is fastest here: stored figures first, missing ones measured while the budget lasts. */
@Command(
        name = "recommend",
        description =
                "Rank mixers for this machine from stored and freshly measured figures, each behind a passed check of its result.")
final class RecommendCommand extends LocalCommand {
    /** A measurement that gets less time than this is not begun. */
    private static final Duration SHORTEST = Duration.ofSeconds(4);

    @Option(names = "--length", required = true, paramLabel = "N", description = "tokens")
    int length;

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
            description = "what is timed (default: ${DEFAULT-VALUE})")
    String pass = "forward";

    @Option(names = "--causal", description = "only mixers that can run causally")
    boolean causal;

    @Option(
            names = "--budget",
            paramLabel = "TIME",
            defaultValue = "60s",
            description = "time for measuring what is not stored, e.g. 90s, 5m, 0s (default: ${DEFAULT-VALUE})")
    String budget = "60s";

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Mixin
    LimitOptions limits = new LimitOptions();

    private record Candidate(JarLayout jar, JsonNode description) {}

    @Override
    public Integer call() {
        Limits allowed = limits.limits();
        Duration time = time(budget);
        checkSizes();
        MeasurementStore store = new MeasurementStore(ZooHome.folder());
        ObjectNode machine = MeasurementStore.machine(allowed.threads());
        List<ObjectNode> ranked = new ArrayList<>();
        ArrayNode missing = object().putArray("missing");
        try (Plugins plugins = plugins()) {
            List<Candidate> unknown = new ArrayList<>();
            for (Candidate c : candidates(plugins)) {
                store.find(c.jar().sha256(), question(c), machine, backend.backend)
                        .ifPresentOrElse(r -> ranked.add(entry(c, r, "stored")), () -> unknown.add(c));
            }
            measure(unknown, plugins, allowed, time, store, ranked, missing, machine);
        }
        ranked.sort(Comparator.comparingDouble(e -> e.path("medianMs").asDouble()));
        ObjectNode document = document(ranked, missing, machine);
        if (zoo.json) {
            print(document);
        } else {
            text(document);
        }
        return ranked.isEmpty() ? 1 : 0;
    }

    private void checkSizes() {
        if (length < 1 || dim < 1 || heads < 1) {
            throw CommandFailure.badInput(
                    "--length, --dim and --heads must be 1 or more, given " + length + ", " + dim + ", " + heads);
        }
        if (!List.of("forward", "backward", "decode").contains(pass)) {
            throw CommandFailure.badInput("--pass must be one of forward, backward, decode, given '" + pass + "'");
        }
    }

    /** @throws CommandFailure exit 2 when the text is no time */
    static Duration time(String text) {
        var m = java.util.regex.Pattern.compile("(\\d{1,6})(s|m|h)?").matcher(text);
        if (!m.matches()) {
            throw CommandFailure.badInput("--budget must be a time such as 60s, 5m or 1h, given '" + text + "'");
        }
        long n = Long.parseLong(m.group(1));
        return switch (Optional.ofNullable(m.group(2)).orElse("s")) {
            case "m" -> Duration.ofMinutes(n);
            case "h" -> Duration.ofHours(n);
            default -> Duration.ofSeconds(n);
        };
    }

    private List<Candidate> candidates(Plugins plugins) {
        return plugins.jars().values().stream()
                .map(j -> new Candidate(j, j.description().orElseThrow()))
                .filter(c -> ListCommand.text(c.description(), "kind").equals("mixer"))
                .filter(c -> !causal
                        || ListCommand.texts(c.description().path("modes")).contains("self-causal"))
                .toList();
    }

    private ObjectNode question(Candidate c) {
        return object().put("id", c.jar().id())
                .put("implementation", "layerzoo")
                .put("unit", "layer")
                .put("pass", pass)
                .put("dtype", "f32")
                .put("batch", 1)
                .put("length", length)
                .put("dim", dim)
                .put("heads", heads);
    }

    private void measure(
            List<Candidate> unknown,
            Plugins plugins,
            Limits allowed,
            Duration time,
            MeasurementStore store,
            List<ObjectNode> ranked,
            ArrayNode missing,
            ObjectNode machine) {
        long end = System.nanoTime() + time.toNanos();
        try (Jobs jobs = new Jobs(err(), zoo.debug)) {
            for (int i = 0; i < unknown.size(); i++) {
                Candidate c = unknown.get(i);
                Duration left = Duration.ofNanos(end - System.nanoTime());
                if (left.compareTo(SHORTEST) < 0) {
                    missing(missing, c, "the budget of " + budget + " was used up; --budget gives more");
                    continue;
                }
                Limits mine = allowed.wallTime().compareTo(left) < 0 ? allowed : allowed.withWallTime(left);
                double from = (double) i / unknown.size();
                Outcome o = jobs.outcome("benchmark", job(c), all(plugins), mine, from, 1.0 / unknown.size());
                switch (o) {
                    case Outcome.Succeeded s -> {
                        store.write(c.jar().sha256(), c.jar().id(), s.json(), backend.backend);
                        store.find(c.jar().sha256(), question(c), machine, backend.backend)
                                .ifPresentOrElse(
                                        r -> ranked.add(entry(c, r, "measured")),
                                        () -> missing(missing, c, refusal(s.json())));
                    }
                    case Outcome.Refused r -> missing(missing, c, r.problem().detail());
                    case Outcome.Failed f -> missing(missing, c, Jobs.said(f.problem()));
                    case Outcome.Cancelled x -> missing(missing, c, "the measurement was cancelled");
                }
            }
        }
    }

    private static String refusal(JsonNode document) {
        return document.at("/results/0/refused").asString("no figure was given");
    }

    private static void missing(ArrayNode missing, Candidate c, String reason) {
        missing.addObject().put("id", c.jar().id()).put("reason", reason);
    }

    private ObjectNode job(Candidate c) {
        ObjectNode o = object().put("batch", 1).put("dim", dim).put("heads", heads);
        o.put("pass", pass).put("unit", "layer");
        o.putArray("plugins").addObject().put("id", c.jar().id());
        o.putArray("lengths").add(length);
        backend.into(o);
        return o;
    }

    private static ObjectNode entry(Candidate c, ObjectNode row, String source) {
        ObjectNode e = object();
        e.put("id", c.jar().id()).put("version", c.jar().shownVersion());
        e.put("title", ListCommand.text(c.description(), "title"));
        e.put("family", ListCommand.text(c.description(), "family"));
        e.put("causal", ListCommand.texts(c.description().path("modes")).contains("self-causal"));
        for (String f : List.of(
                "medianMs", "p95Ms", "minMs", "tokensPerSecond", "peakBytes", "gflops", "relError", "fallbacks")) {
            e.set(f, row.path("result").path(f));
        }
        e.put("source", source).set("measuredAt", row.path("measuredAt"));
        e.set("backend", row.path("environment").path("backend"));
        return e;
    }

    private ObjectNode document(List<ObjectNode> ranked, ArrayNode missing, ObjectNode machine) {
        ObjectNode o = object();
        o.putObject("question")
                .put("length", length)
                .put("dim", dim)
                .put("heads", heads)
                .put("pass", pass)
                .put("causal", causal)
                .put("backend", backend.backend);
        o.set("environment", machine);
        ArrayNode all = o.putArray("ranking");
        double best = ranked.isEmpty() ? 1 : ranked.getFirst().path("medianMs").asDouble();
        for (int i = 0; i < ranked.size(); i++) {
            ObjectNode e = object().put("rank", i + 1);
            e.setAll(ranked.get(i));
            all.add(e.put("timesBest", e.path("medianMs").asDouble() / best));
        }
        o.set("notMeasured", missing);
        return o;
    }

    private void text(ObjectNode document) {
        Table t = new Table("", "ID", "MEDIAN ms", "x BEST", "TOKENS/s", "PEAK", "ERROR", "FROM", "TITLE");
        document.path("ranking")
                .forEach(e -> t.row(
                        e.path("rank").asString(),
                        ListCommand.text(e, "id"),
                        String.format("%.3f", e.path("medianMs").asDouble()),
                        String.format("%.2f", e.path("timesBest").asDouble()),
                        String.format("%.0f", e.path("tokensPerSecond").asDouble()),
                        Limits.formatSize(e.path("peakBytes").asLong()),
                        String.format("%.1e", e.path("relError").asDouble()),
                        ListCommand.text(e, "source"),
                        ListCommand.text(e, "title")));
        t.print(out());
        document.path("notMeasured").forEach(m -> out().println(
                        "not measured: " + ListCommand.text(m, "id") + " (" + ListCommand.text(m, "reason") + ")"));
        JsonNode m = document.path("environment");
        out().println(length + " tokens, width " + dim + ", " + pass + ", " + ListCommand.text(m, "cpu") + ", "
                + m.path("threads").asInt() + " threads");
    }
}
