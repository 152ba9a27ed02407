package org.layerzoo.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.layerzoo.core.spi.PaperCard;
import tools.jackson.databind.JsonNode;

/** A plugin's card for people. */
final class CardText {
    private static final int WIDTH = 110;
    private final JsonNode plugin;
    private final PaperCard card;

    CardText(JsonNode plugin, PaperCard card) {
        this.plugin = plugin;
        this.card = card;
    }

    void print(PrintWriter out) {
        out.println(text("id") + " " + text("version") + "  " + card.title() + " (" + card.year() + ")");
        out.println();
        wrap(card.summary()).forEach(out::println);
        out.println();
        Table facts = new Table("authors", String.join(", ", card.authors()));
        if (!card.arxiv().isEmpty()) {
            facts.row("paper", "https://arxiv.org/abs/" + card.arxiv());
        }
        card.code().forEach(c -> facts.row("code", c));
        facts.row("family, kind", card.family() + ", " + card.kind());
        facts.row("fidelity", text("fidelity"));
        facts.row("modes", InfoCommand.list(plugin.path("modes")));
        facts.row("backends", InfoCommand.list(plugin.path("backends")));
        facts.row(
                "time, memory, state",
                card.complexity().time() + "; " + card.complexity().memory() + "; "
                        + card.complexity().state());
        facts.row("levels of proof", levels());
        facts.row("SPI", text("requires"));
        facts.row("file", text("file"));
        facts.print(out);
        out.println();
        out.println("Mechanism");
        card.mechanism().lines().forEach(l -> out.println("  " + l));
        plugin.path("providers").forEach(p -> provider(p, out));
        if (!card.claims().isEmpty()) {
            out.println();
            out.println("Claims");
            plugin.path("claims").forEach(c -> claim(c, out));
        }
    }

    static void claim(JsonNode c, PrintWriter out) {
        String paper = ListCommand.text(c, "paper");
        out.println("  " + ListCommand.text(c, "id") + ": " + ListCommand.text(c, "text")
                + (paper.isEmpty() ? "" : " (paper: " + paper + ")"));
        if (c.has("verdict")) {
            String here = ListCommand.text(c, "here");
            out.println("    " + ListCommand.text(c, "verdict") + (here.isEmpty() ? "" : ": " + here));
        }
    }

    private String levels() {
        return plugin.path("levels").properties().stream()
                .map(e -> "L" + e.getKey() + " " + e.getValue().asString())
                .collect(Collectors.joining(", "));
    }

    private void provider(JsonNode p, PrintWriter out) {
        String name = ListCommand.text(p, "name");
        out.println();
        out.println(text("id") + (name.isEmpty() ? "" : "/" + name) + " (" + ListCommand.text(p, "kind") + ")");
        Table options = new Table("  OPTION", "DEFAULT", "RANGE", "MEANING");
        options(p.path("configSchema"), "", options);
        options.print(out);
        if (p.path("signature").isObject()) {
            ports("in ", p.path("signature").path("in"), out);
            ports("out", p.path("signature").path("out"), out);
            ports("state", p.path("signature").path("state"), out);
        }
        if (!p.path("parameters").isEmpty()) {
            out.println("  parameters at the default configuration ("
                    + p.path("parameterCount").asLong() + " numbers)");
            p.path("parameters")
                    .forEach(w -> out.println("    " + ListCommand.text(w, "path") + " " + w.path("shape") + " "
                            + ListCommand.text(w, "dtype")));
        }
        p.path("waivers")
                .forEach(w -> out.println(
                        "  waives '" + ListCommand.text(w, "rule") + "': " + ListCommand.text(w, "reason")));
    }

    private static void ports(String title, JsonNode ports, PrintWriter out) {
        ports.forEach(x -> out.println("  " + title + " " + ListCommand.text(x, "name") + " ["
                + ListCommand.text(x, "axes") + "] " + ListCommand.text(x, "dtype") + " " + ListCommand.text(x, "role")
                + ": " + ListCommand.text(x, "doc")));
    }

    private static void options(JsonNode schema, String prefix, Table t) {
        for (Map.Entry<String, JsonNode> e : schema.path("properties").properties()) {
            JsonNode s = e.getValue();
            if (s.path("properties").isObject()) {
                options(s, prefix + e.getKey() + ".", t);
            } else {
                String dflt = s.path("default").isMissingNode()
                        ? "-"
                        : s.path("default").isString()
                                ? s.path("default").asString()
                                : s.path("default").toString();
                t.row("  " + prefix + e.getKey(), dflt, range(s), ListCommand.text(s, "description"));
            }
        }
    }

    private static String range(JsonNode s) {
        if (s.path("enum").isArray()) {
            return InfoCommand.list(s.path("enum")).replace(", ", "|");
        }
        if (s.path("oneOf").isArray()) {
            return s.path("oneOf")
                    .valueStream()
                    .map(a -> a.path("properties").path("type").path("const").asString("?"))
                    .collect(Collectors.joining("|"));
        }
        boolean min = s.has("minimum");
        boolean max = s.has("maximum");
        String type = ListCommand.text(s, "type");
        return min || max ? (min ? number(s, "minimum") : "") + ".." + (max ? number(s, "maximum") : "") : type;
    }

    private static String number(JsonNode s, String name) {
        double v = s.get(name).asDouble();
        return v == Math.rint(v) ? Long.toString((long) v) : Double.toString(v);
    }

    private static List<String> wrap(String text) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split("\\s+")) {
            if (line.length() > 0 && line.length() + word.length() + 1 > WIDTH) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    private String text(String name) {
        return ListCommand.text(plugin, name);
    }
}
