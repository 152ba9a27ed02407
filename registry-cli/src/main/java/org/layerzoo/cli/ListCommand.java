package org.layerzoo.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.plugin.JarLayout;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.runner.child.Limits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Plugins at hand, from their metadata alone. */
@Command(name = "list", description = "List plugins.")
final class ListCommand extends LocalCommand {
    @Option(names = "--family", paramLabel = "F", description = "of this family, e.g. linear-attention")
    Optional<String> family = Optional.empty();

    @Option(names = "--kind", paramLabel = "K", description = "with a provider of this kind, e.g. mixer, recipe, task")
    Optional<String> kind = Optional.empty();

    @Option(names = "--mode", paramLabel = "M", description = "with this mode, e.g. self-causal, streaming, 2d")
    Optional<String> mode = Optional.empty();

    @Option(
            names = "--query",
            paramLabel = "TEXT",
            description = "whose id, title or summary contains all of these words")
    Optional<String> query = Optional.empty();

    @Option(
            names = "--sort",
            paramLabel = "id|title|year|level|speed",
            defaultValue = "id",
            description = "order; newest, strongest and fastest first, what was not measured last (default: id)")
    Order sort = Order.id;

    @Option(
            names = "--length",
            paramLabel = "N",
            defaultValue = "1024",
            description = "with --sort speed: tokens of the measurement (default: 1024)")
    int length = 1024;

    /** Names of options are in lower case. */
    enum Order {
        id,
        title,
        year,
        level,
        speed
    }

    @Override
    public Integer call() {
        LevelStore levels = new LevelStore(ZooHome.folder());
        List<ObjectNode> found = new ArrayList<>();
        try (Plugins plugins = plugins()) {
            for (JarLayout jar : plugins.jars().values()) {
                JsonNode d = jar.description().orElseThrow();
                if (matches(d)) {
                    ObjectNode entry = entry(jar, d, levels);
                    speed(jar).ifPresent(tokens -> entry.put("tokensPerSecond", tokens));
                    found.add(entry);
                }
            }
        }
        found.sort(order());
        ArrayNode all = Configs.mapper().createArrayNode();
        found.forEach(all::add);
        if (zoo.json) {
            print(all);
        } else {
            table(all);
        }
        return all.isEmpty() ? 1 : 0;
    }

    private Comparator<JsonNode> order() {
        Comparator<JsonNode> byId = Comparator.comparing(p -> text(p, "id"));
        return switch (sort) {
            case id -> byId;
            case title ->
                Comparator.<JsonNode, String>comparing(p -> text(p, "title").toLowerCase(Locale.ROOT))
                        .thenComparing(byId);
            case year -> largest("year").thenComparing(byId);
            case level -> largest("level").thenComparing(byId);
            case speed -> largest("tokensPerSecond").thenComparing(byId);
        };
    }

    private static Comparator<JsonNode> largest(String field) {
        return Comparator.<JsonNode>comparingDouble(p -> p.path(field).asDouble(-1))
                .reversed();
    }

    /** Tokens a second of the stored pass forward at the wanted length on this machine, where speed is asked for. */
    private Optional<Double> speed(JarLayout jar) {
        if (sort != Order.speed) {
            return Optional.empty();
        }
        ObjectNode question =
                object().put("id", jar.id()).put("implementation", "layerzoo").put("unit", "layer");
        question.put("pass", "forward").put("dtype", "f32").put("batch", 1);
        question.put("length", length).put("dim", 512).put("heads", 8);
        ObjectNode machine = MeasurementStore.machine(Limits.defaults().threads());
        return new MeasurementStore(ZooHome.folder())
                .find(jar.sha256(), question, machine, "auto")
                .map(row -> row.at("/result/medianMs").asDouble(0))
                .filter(ms -> ms > 0)
                .map(ms -> length / ms * 1000);
    }

    private boolean matches(JsonNode d) {
        return family.map(f -> f.equalsIgnoreCase(text(d, "family"))).orElse(true)
                && kind.map(k -> kinds(d).contains(k.toLowerCase(Locale.ROOT))).orElse(true)
                && mode.map(m -> texts(d.path("modes")).contains(m.toLowerCase(Locale.ROOT)))
                        .orElse(true)
                && query.map(q -> contains(d, q)).orElse(true);
    }

    private static List<String> kinds(JsonNode d) {
        List<String> out = new ArrayList<>();
        out.add(text(d, "kind"));
        d.path("providers").forEach(p -> out.add(text(p, "kind")));
        return out;
    }

    private static boolean contains(JsonNode d, String query) {
        String text = (text(d, "id") + " " + text(d, "title") + " " + text(d, "summary")).toLowerCase(Locale.ROOT);
        return List.of(query.toLowerCase(Locale.ROOT).strip().split("\\s+")).stream()
                .allMatch(text::contains);
    }

    private static ObjectNode entry(JarLayout jar, JsonNode d, LevelStore store) {
        ObjectNode o = object();
        o.put("id", jar.id()).put("version", jar.shownVersion()).put("title", text(d, "title"));
        o.put("family", text(d, "family")).put("kind", text(d, "kind"));
        texts(d.path("modes")).forEach(o.putArray("modes")::add);
        Set<String> backends = new LinkedHashSet<>(texts(d.path("backends")));
        backends.addAll(store.devices(jar.sha256()));
        backends.forEach(o.putArray("backends")::add);
        o.setAll(store.read(jar.sha256()));
        o.put("year", d.path("year").asInt()).put("arxiv", text(d, "arxiv")).put("source", "local");
        return o;
    }

    private void table(ArrayNode all) {
        if (all.isEmpty()) {
            err().println("zoo: no plugin matches in " + ZooHome.pluginFolders(zoo.plugins));
            return;
        }
        boolean speed = sort == Order.speed;
        Table t = new Table("ID", "VERSION", "LEVEL", speed ? "TOKENS/S" : "YEAR", "KIND", "FAMILY", "MODES", "TITLE");
        all.forEach(p -> t.row(
                text(p, "id"),
                text(p, "version"),
                p.get("level").asString(),
                speed ? tokens(p) : p.path("year").asString(),
                text(p, "kind"),
                text(p, "family"),
                String.join(",", texts(p.get("modes"))),
                text(p, "title")));
        t.print(out());
    }

    private static String tokens(JsonNode p) {
        return p.has("tokensPerSecond")
                ? String.format(Locale.ROOT, "%,.0f", p.path("tokensPerSecond").asDouble())
                : "-";
    }

    static String text(JsonNode n, String name) {
        return n.path(name).asString("");
    }

    static List<String> texts(JsonNode n) {
        return n.valueStream().map(v -> v.asString("")).collect(Collectors.toList());
    }
}
