package org.layerzoo.figures;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The figures of a folder as a table in a Markdown file, one row a test. */
final class FiguresTable {
    static final String BEGIN = "<!-- figures begin: written by tests run with -Dzoo.reliability.record -->";
    static final String END = "<!-- figures end -->";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path folder;

    FiguresTable(Path folder) {
        this.folder = folder;
    }

    /** Writes the table between its two marks. */
    void into(Path document) {
        try {
            String text = Files.readString(document);
            int from = text.indexOf(BEGIN);
            int to = text.indexOf(END);
            if (from < 0 || to < from) {
                throw new IllegalStateException(
                        "expected the lines '" + BEGIN + "' and '" + END + "' in " + document + ", found none");
            }
            Files.writeString(
                    document, text.substring(0, from + BEGIN.length()) + "\n\n" + table() + "\n" + text.substring(to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String table() throws IOException {
        List<Path> files;
        try (var all = Files.list(folder)) {
            files = all.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
        var rows = new StringBuilder("| test | run | figures | took | date, load |\n|---|---|---|---|---|\n");
        for (Path file : files) {
            rows.append(row(JSON.readTree(Files.readString(file))));
        }
        String machines = files.stream().map(FiguresTable::machine).distinct().collect(Collectors.joining("; "));
        return rows + "\nOn " + machines + ". Load is the mean number of runnable threads in the run's last minute.\n";
    }

    private static String machine(Path file) {
        try {
            return JSON.readTree(Files.readString(file)).path("machine").asString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String row(JsonNode run) {
        String figures = run.path("figures").properties().stream()
                .map(figure -> figure.getKey() + " " + number(figure.getValue()))
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "| `%s` | %s | %s | %,d s | %s, %.1f |%n",
                run.path("test").asString(),
                run.path("what").asString(),
                figures,
                run.path("seconds").asLong(),
                run.path("date").asString(),
                run.path("load").asDouble());
    }

    private static String number(JsonNode value) {
        return value.isIntegralNumber()
                ? String.format(Locale.ROOT, "%,d", value.asLong())
                : String.format(Locale.ROOT, "%,.2f", value.asDouble());
    }
}
