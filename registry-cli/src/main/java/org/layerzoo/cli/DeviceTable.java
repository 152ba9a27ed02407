package org.layerzoo.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** What level 3 found, as a table in a Markdown file: one row a layer, with every fallback and its reason. */
final class DeviceTable {
    private static final String BEGIN = "<!-- devices begin: written by `./zoo verify --all --level 3 --write` -->";
    private static final String END = "<!-- devices end -->";

    private final Path file;
    private final String before;
    private final String behind;

    private DeviceTable(Path file, String before, String behind) {
        this.file = file;
        this.before = before;
        this.behind = behind;
    }

    /** @throws CommandFailure bad input, when the file cannot be read or has no place for the table */
    static DeviceTable in(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw CommandFailure.badInput("--write: " + file + " cannot be read");
        }
        int from = text.indexOf(BEGIN);
        int to = text.indexOf(END);
        if (from < 0 || to < from) {
            throw CommandFailure.badInput("--write: expected the lines '" + BEGIN + "' and '" + END + "' in " + file);
        }
        return new DeviceTable(file, text.substring(0, from + BEGIN.length()), text.substring(to));
    }

    /** @param entries what {@code zoo verify --json} has under plugins */
    void write(JsonNode entries, LocalDate date) {
        try {
            Files.writeString(file, before + "\n\n" + table(entries, date) + "\n" + behind);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String table(JsonNode entries, LocalDate date) {
        List<String> rows = new ArrayList<>();
        List<String> without = new ArrayList<>();
        List<String> backends = new ArrayList<>();
        for (JsonNode plugin : entries) {
            String id = plugin.path("id").asString();
            for (JsonNode d : plugin.path("devices")) {
                rows.add(row(id, d));
                backends.add(d.path("backend").asString());
            }
            if (plugin.path("devices").isEmpty()) {
                without.add(id + " (" + plugin.path("reasons").path("3").asString("level 3 was not run") + ")");
            }
        }
        String on = backends.stream().distinct().collect(Collectors.joining(", "));
        return date + ", on " + on + ", F32. Errors are the worst ||a - b|| / ||b|| against the reference in F64.\n\n"
                + "| plugin | passed | outputs | gradients | hot ops | what falls back, how often and why |\n"
                + "|---|---|---|---|---|---|\n"
                + String.join("", rows)
                + (without.isEmpty() ? "" : "\nNothing to run there: " + String.join("; ", without) + ".\n");
    }

    private static String row(String id, JsonNode d) {
        String provider = d.path("provider").asString();
        List<String> falls = new ArrayList<>();
        d.path("fallbacks").properties().forEach(f -> falls.add(f.getValue().asLong() + "x " + cell(f.getKey())));
        List<String> hot = new ArrayList<>();
        d.path("hotOps").forEach(h -> hot.add(h.asString()));
        String passed = d.path("passed").asBoolean()
                ? "yes"
                : "no: "
                        + d.path("failures")
                                .valueStream()
                                .map(f -> cell(f.asString()))
                                .collect(Collectors.joining("; "));
        return String.format(
                "| %s | %s | %s | %s | %s | %s |%n",
                provider.isEmpty() ? id : id + "/" + provider,
                passed,
                error(d.path("forwardError")),
                error(d.path("gradientError")),
                String.join(", ", hot),
                falls.isEmpty() ? "nothing" : String.join("; ", falls));
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }

    private static String error(JsonNode e) {
        return e.isNumber() ? String.format(Locale.ROOT, "%.1e", e.asDouble()) : "none";
    }
}
