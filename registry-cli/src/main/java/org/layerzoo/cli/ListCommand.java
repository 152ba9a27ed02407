package org.layerzoo.cli;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.plugin.JarLayout;
import org.layerzoo.core.plugin.Plugins;
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

    @Override
    public Integer call() {
        LevelStore levels = new LevelStore(ZooHome.folder());
        ArrayNode all = Configs.mapper().createArrayNode();
        try (Plugins plugins = plugins()) {
            for (JarLayout jar : plugins.jars().values()) {
                JsonNode d = jar.description().orElseThrow();
                if (matches(d)) {
                    all.add(entry(jar, d, levels));
                }
            }
        }
        if (zoo.json) {
            print(all);
        } else {
            table(all);
        }
        return all.isEmpty() ? 1 : 0;
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
        Table t = new Table("ID", "VERSION", "LEVEL", "KIND", "FAMILY", "MODES", "TITLE");
        all.forEach(p -> t.row(
                text(p, "id"),
                text(p, "version"),
                p.get("level").asString(),
                text(p, "kind"),
                text(p, "family"),
                String.join(",", texts(p.get("modes"))),
                text(p, "title")));
        t.print(out());
    }

    static String text(JsonNode n, String name) {
        return n.path(name).asString("");
    }

    static List<String> texts(JsonNode n) {
        return n.valueStream().map(v -> v.asString("")).collect(Collectors.toList());
    }
}
