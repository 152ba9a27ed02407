package org.layerzoo.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.layerzoo.benchmarks.suite.Clock;
import org.layerzoo.benchmarks.suite.Figure;
import org.layerzoo.benchmarks.suite.Row;
import org.layerzoo.benchmarks.suite.Rows;
import org.layerzoo.benchmarks.suite.SideBySide;
import org.layerzoo.core.ZooException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints how our kernels stand beside LibTorch on this machine. */
@Command(
        name = "zoo peers",
        mixinStandardHelpOptions = true,
        description = "Measure our kernels and LibTorch in turns in one process, on the same threads and numbers.")
public final class Main implements Runnable {
    @Parameters(
            paramLabel = "ROW",
            description = "beginnings of rows, e.g. gemm attention-1024; all when none is given")
    List<String> rows = new ArrayList<>();

    @Option(names = "--list", description = "list the rows and end")
    boolean list;

    @Option(
            names = "--threads",
            paramLabel = "N",
            split = ",",
            description = "numbers of threads (default: 1 and all cores)")
    List<Integer> threads = new ArrayList<>();

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "3",
            description = "measuring of a row and number of threads, after a warm-up (default: ${DEFAULT-VALUE})")
    double seconds = 3;

    @Option(
            names = "--clock",
            paramLabel = "wall|cpu",
            defaultValue = "wall",
            description =
                    "cpu: processor time of one thread, for a machine that others use (default: ${DEFAULT-VALUE})")
    String clock = "wall";

    @Option(
            names = "--backend",
            paramLabel = "B",
            defaultValue = Rows.OWN,
            description = "where our side runs, e.g. oneapi:onednn, which has rows in BF16 (default: ${DEFAULT-VALUE})")
    String backend = Rows.OWN;

    @Option(names = "--json", paramLabel = "FILE", description = "write all figures there")
    Optional<Path> json = Optional.empty();

    @Option(
            names = "--write",
            paramLabel = "FILE",
            description = "put the table into this Markdown file, between its two marks")
    Optional<Path> markdown = Optional.empty();

    /** Exit 0 done, 1 a result was wrong, 2 bad usage, 3 LibTorch cannot be loaded. */
    public static void main(String[] args) {
        CommandLine line = new CommandLine(new Main());
        line.setExecutionExceptionHandler((e, command, parsed) -> {
            System.err.println("zoo peers: " + e.getMessage());
            return e instanceof ZooException z ? z.code().exitCode() : 2;
        });
        System.exit(line.execute(args));
    }

    /** Everything wrong with the options. @return numbers of threads to measure with */
    private List<Integer> counts() {
        if (!List.of("wall", "cpu").contains(clock)) {
            throw new IllegalArgumentException("--clock must be wall or cpu, given '" + clock + "'");
        }
        if (threads.stream().anyMatch(n -> n < 1) || !(seconds > 0)) {
            throw new IllegalArgumentException(
                    "--threads and --seconds must be positive, given " + threads + " and " + seconds);
        }
        if (!clock.equals("cpu")) {
            int cores = Runtime.getRuntime().availableProcessors();
            return threads.isEmpty() ? List.of(1, cores).stream().distinct().toList() : threads;
        }
        if (threads.stream().anyMatch(n -> n != 1)) {
            throw new IllegalArgumentException("--clock cpu measures one thread, given --threads " + threads);
        }
        // Libraries that choose their threads when they are loaded.
        System.setProperty("layerzoo.threads", "1");
        return List.of(1);
    }

    @Override
    public void run() {
        List<Row> chosen = Rows.beginningWith(rows, backend);
        if (list) {
            chosen.forEach(r -> System.out.printf("%-32s %s%n", r.id(), r.work()));
            return;
        }
        List<Integer> counts = counts();
        Clock read = Clock.valueOf(clock.toUpperCase(Locale.ROOT));
        Report report = Report.begin(read, backend);
        SideBySide measuring = new SideBySide(seconds, read, backend);
        System.out.println(Report.HEADER);
        for (Row row : chosen) {
            List<Figure> figures = measuring.measure(row, counts);
            figures.forEach(f -> System.out.println(Report.line(f)));
            report.add(figures);
        }
        json.ifPresent(report::writeJson);
        markdown.ifPresent(report::writeInto);
    }
}
