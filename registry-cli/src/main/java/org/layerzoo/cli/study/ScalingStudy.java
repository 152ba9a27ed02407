package org.layerzoo.cli.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Time and memory of one layer as the sequence grows, measured as {@code zoo bench} does. */
final class ScalingStudy implements Study {
    private final JsonNode plan = Studies.plan("scaling");
    private final Declared declared = new Declared(plan);

    @Override
    public String name() {
        return "scaling";
    }

    @Override
    public String title() {
        return "Time against length";
    }

    @Override
    public JsonNode plan() {
        return plan;
    }

    @Override
    public List<Part> parts() {
        return declared.mixers().stream().map(this::part).toList();
    }

    private Part part(Declared.MixerOf m) {
        ObjectNode spec = Configs.mapper().createObjectNode();
        ObjectNode plugin = spec.putArray("plugins").addObject().put("id", m.id());
        if (m.json().has("set")) {
            plugin.set("set", m.json().get("set"));
        }
        spec.set("lengths", plan.get(m.group() == 0 ? "softmaxLengths" : "lengths"));
        spec.put("dim", plan.path("dim").asInt())
                .put("heads", plan.path("heads").asInt());
        return new Part(
                m.id(),
                List.of(),
                "benchmark",
                spec,
                List.of(m.id()),
                m.json().path("seconds").asLong(plan.path("secondsPerMixer").asLong()));
    }

    /** One row a mixer: its lengths and its fit. */
    @Override
    public List<ObjectNode> rows(Part part, JsonNode result) {
        ObjectNode row =
                Configs.mapper().createObjectNode().put("key", part.id()).put("id", part.id());
        ArrayNode lengths = row.putArray("lengths");
        for (JsonNode r : result.path("results")) {
            ObjectNode o = lengths.addObject();
            List.of("length", "medianMs", "minMs", "runs", "peakBytes", "relError", "relErrorLength")
                    .forEach(n -> o.set(n, r.path(n)));
            if (r.path("refused").isString()) {
                o.set("refused", r.get("refused"));
            }
            o.set("fallbacks", r.path("fallbacks"));
        }
        JsonNode fit = result.path("fits").path(0);
        row.set("timeExponent", fit.path("timeExponent"));
        row.set("memoryExponent", fit.path("memoryExponent"));
        return List.of(row);
    }

    /** A benchmark that cannot configure a layer succeeds, refusing each of its lengths. */
    @Override
    public Optional<String> refused(JsonNode row) {
        return points(row).isEmpty() ? Optional.of(why(row)) : Optional.empty();
    }

    @Override
    public Section section(JsonNode d) {
        String text = String.format(
                Locale.ROOT,
                """
                ![%s](scaling.svg)

                One layer of width %d with %d heads, one sequence, F32, forward: the fastest of the runs of five rounds over all lengths, since that
                is the one which other programs have disturbed least; the exponent is that of a fit through them, *memory* that of the largest
                sum of live tensors. A figure is kept only where the outputs equal the reference's. *Overtakes softmax* is the length from which
                the mixer's fitted line lies below softmax attention's; there is none where the lines don't cross above 64 tokens.
                """,
                title(),
                d.at("/plan/dim").asInt(),
                d.at("/plan/heads").asInt());
        return new Section(text + "\n" + table(d), List.of(new Picture("scaling.svg", plot(d).svg())));
    }

    private static String table(JsonNode d) {
        List<Integer> shown = List.of(1024, 4096, 16384, 65536);
        StringBuilder s = new StringBuilder("| mixer |");
        shown.forEach(n -> s.append(" ms at ").append(n).append(" |"));
        s.append(" exponent | memory | overtakes softmax |\n|---|")
                .append("---|".repeat(shown.size() + 3))
                .append('\n');
        Optional<Line> softmax = row(d, d.at("/plan/baseline").asString()).flatMap(Line::of);
        for (Declared.MixerOf m : new Declared(d.path("plan")).mixers()) {
            Optional<JsonNode> row = row(d, m.id());
            if (row.isEmpty()) {
                continue;
            }
            s.append("| `").append(m.id()).append("` |");
            if (points(row.get()).isEmpty()) {
                s.append(" refused: ").append(why(row.get())).append(" |").append(" |".repeat(shown.size() + 2));
            } else {
                shown.forEach(n -> s.append(' ').append(cell(row.get(), n)).append(" |"));
                s.append(number(row.get().path("timeExponent")))
                        .append(number(row.get().path("memoryExponent")));
                s.append(' ')
                        .append(m.group() == 0 ? "" : crossing(softmax, Line.of(row.get())))
                        .append(" |");
            }
            s.append('\n');
        }
        return s.toString();
    }

    /** Why a mixer has no figure: the job's reason, or that of its first length. */
    private static String why(JsonNode row) {
        JsonNode own = row.path("refused");
        return (own.isString() ? own : row.at("/lengths/0/refused")).asString("no figure");
    }

    private static String number(JsonNode n) {
        return n.isNumber() ? String.format(Locale.ROOT, " %.2f |", n.asDouble()) : " |";
    }

    private static String cell(JsonNode row, int length) {
        return row.path("lengths")
                .valueStream()
                .filter(l -> l.path("length").asInt() == length)
                .findFirst()
                .map(l -> l.path("minMs").isNumber()
                        ? String.format(Locale.ROOT, "%.3g", l.get("minMs").asDouble())
                        : "refused")
                .orElse("");
    }

    private static Optional<JsonNode> row(JsonNode d, String id) {
        return d.path("rows")
                .valueStream()
                .filter(r -> r.path("id").asString().equals(id))
                .findFirst();
    }

    /** log time = a + b log length, by least squares. */
    private record Line(double a, double b) {
        static Optional<Line> of(JsonNode row) {
            List<Plot.Point> p = points(row).stream()
                    .map(v -> new Plot.Point(Math.log(v.x()), Math.log(v.y())))
                    .toList();
            if (p.size() < 2) {
                return Optional.empty();
            }
            double mx = p.stream().mapToDouble(Plot.Point::x).average().orElseThrow();
            double my = p.stream().mapToDouble(Plot.Point::y).average().orElseThrow();
            double b = p.stream().mapToDouble(v -> (v.x() - mx) * (v.y() - my)).sum()
                    / p.stream().mapToDouble(v -> (v.x() - mx) * (v.x() - mx)).sum();
            return Optional.of(new Line(my - b * mx, b));
        }
    }

    private static String crossing(Optional<Line> softmax, Optional<Line> other) {
        if (softmax.isEmpty()
                || other.isEmpty()
                || softmax.get().b() <= other.get().b()) {
            return "never";
        }
        double at = Math.exp((other.get().a() - softmax.get().a())
                / (softmax.get().b() - other.get().b()));
        return at < 64 ? "everywhere" : "from " + Math.round(at);
    }

    private static List<Plot.Point> points(JsonNode row) {
        return row.path("lengths")
                .valueStream()
                .filter(l -> l.path("minMs").isNumber())
                .map(l -> new Plot.Point(
                        l.get("length").asDouble(), l.get("minMs").asDouble()))
                .toList();
    }

    private Plot plot(JsonNode d) {
        List<Plot.Series> series = new ArrayList<>();
        Declared of = new Declared(d.path("plan"));
        for (Declared.MixerOf m : of.mixers()) {
            List<Plot.Point> points = row(d, m.id()).map(ScalingStudy::points).orElse(List.of());
            if (!points.isEmpty()) {
                series.add(new Plot.Series(m.name(), m.group(), m.mark(), points));
            }
        }
        Plot.Axis x = new Plot.Axis(
                "tokens",
                900,
                75000,
                true,
                List.of(1024.0, 4096.0, 16384.0, 65536.0),
                List.of("1k", "4k", "16k", "64k"));
        Plot.Axis y = new Plot.Axis(
                "ms",
                0.3,
                10000,
                true,
                List.of(1.0, 10.0, 100.0, 1000.0, 10000.0),
                List.of("1", "10", "100", "1 s", "10 s"));
        String told = "Lines of " + series.size()
                + " mixers, milliseconds against tokens, both on logarithmic axes. The table below"
                + " holds the same figures.";
        return new Plot(title(), told, x, y, series, of.groups());
    }
}
