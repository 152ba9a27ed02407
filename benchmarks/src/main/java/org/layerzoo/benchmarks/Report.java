package org.layerzoo.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.layerzoo.benchmarks.libtorch.LibTorch;
import org.layerzoo.benchmarks.suite.Clock;
import org.layerzoo.benchmarks.suite.Figure;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.node.ObjectNode;

/** The figures of one run as lines, JSON and a Markdown table. */
final class Report {
    static final String HEADER = String.format(
            "%-32s %7s %11s %11s %7s %9s %7s %9s %9s",
            "ROW", "THREADS", "OURS ms", "TORCH ms", "RATIO", "(FASTEST)", "TARGET", "ERROR", "(TORCH)");

    private static final String BEGIN = "<!-- table begins: written by `./zoo peers --write` -->";
    private static final String END = "<!-- table ends -->";

    private final List<Figure> figures = new ArrayList<>();
    private final String machine;
    private final Clock clock;

    private Report(String machine, Clock clock) {
        this.machine = machine;
        this.clock = clock;
    }

    static Report begin(Clock clock, String backend) {
        String machine = cpu() + ", " + Runtime.getRuntime().availableProcessors() + " cores, JDK " + Runtime.version()
                + ", LibTorch " + LibTorch.open().version() + ", backend " + backend;
        return new Report(machine, clock);
    }

    private static String cpu() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(l -> l.startsWith("model name"))
                    .map(l -> l.substring(l.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }

    static String line(Figure f) {
        return String.format(
                Locale.ROOT,
                "%-32s %7d %11.3f %11.3f %7.2f %9.2f %7s %9.1e %9.1e",
                f.row().id(),
                f.threads(),
                f.ours().median(),
                f.peer().median(),
                f.ratio(),
                f.ratioOfFastest(),
                ">= " + f.row().target(),
                f.ourError(),
                f.peerError());
    }

    void add(List<Figure> more) {
        figures.addAll(more);
    }

    void writeJson(Path file) {
        ObjectNode o = Configs.mapper()
                .createObjectNode()
                .put("machine", machine)
                .put("date", LocalDate.now().toString())
                .put("clock", clock.name().toLowerCase(Locale.ROOT));
        var rows = o.putArray("rows");
        for (Figure f : figures) {
            rows.addObject()
                    .put("id", f.row().id())
                    .put("work", f.row().work())
                    .put("threads", f.threads())
                    .put("target", f.row().target())
                    .put("ratio", f.ratio())
                    .put("ratioOfFastest", f.ratioOfFastest())
                    .put("medianMs", f.ours().median())
                    .put("minMs", f.ours().min())
                    .put("runs", f.ours().runs())
                    .put("libtorchMedianMs", f.peer().median())
                    .put("libtorchMinMs", f.peer().min())
                    .put("libtorchRuns", f.peer().runs())
                    .put("relError", f.ourError())
                    .put("libtorchRelError", f.peerError());
        }
        write(file, Configs.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(o) + "\n");
    }

    /** Replaces what stands between the marks. @throws IllegalArgumentException when the file has no marks */
    void writeInto(Path file) {
        try {
            String text = Files.readString(file);
            int from = text.indexOf(BEGIN);
            int to = text.indexOf(END);
            if (from < 0 || to < from) {
                throw new IllegalArgumentException(file + " must hold the lines '" + BEGIN + "' and '" + END + "'");
            }
            write(file, text.substring(0, from + BEGIN.length()) + "\n" + table() + text.substring(to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String table() {
        List<Integer> threads = figures.stream().map(Figure::threads).distinct().toList();
        StringBuilder s = new StringBuilder("\n" + LocalDate.now() + ", " + machine + ". Medians of "
                + (clock == Clock.WALL ? "times" : "processor times (`--clock cpu`)")
                + " in ms; ratio = LibTorch's over ours.\n\n");
        s.append("| work | target |");
        threads.forEach(n -> s.append(" ours, ").append(n).append(" thr. | LibTorch | ratio |"));
        s.append(" our error | LibTorch's |\n|---|---|")
                .append("---|---|---|".repeat(threads.size()))
                .append("---|---|\n");
        Map<String, List<Figure>> rows = figures.stream()
                .collect(Collectors.groupingBy(f -> f.row().id(), LinkedHashMap::new, Collectors.toList()));
        rows.values().forEach(r -> s.append(row(r)));
        return s.append('\n').toString();
    }

    private static String row(List<Figure> figures) {
        Figure first = figures.getFirst();
        StringBuilder s = new StringBuilder(
                "| " + first.row().work() + " | " + first.row().target() + " |");
        for (Figure f : figures) {
            s.append(String.format(
                    Locale.ROOT,
                    " %s | %s | %.2f |",
                    digits(f.ours().median()),
                    digits(f.peer().median()),
                    f.ratio()));
        }
        return s + String.format(Locale.ROOT, " %.1e | %.1e |%n", first.ourError(), first.peerError());
    }

    /** Three digits that count. */
    private static String digits(double ms) {
        return new BigDecimal(ms).round(new MathContext(3)).toPlainString();
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }
}
