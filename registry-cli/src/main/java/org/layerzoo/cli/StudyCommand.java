package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.layerzoo.cli.claims.ClaimRecords;
import org.layerzoo.cli.study.ResultsPage;
import org.layerzoo.cli.study.Studies;
import org.layerzoo.cli.study.Study;
import org.layerzoo.cli.study.StudyFile;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.runner.child.Limits;
import org.layerzoo.runner.child.PluginJar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Runs a declared experiment and keeps its results as data with a page that plots them. */
@Command(
        name = "study",
        description =
                "Run a declared experiment: NAME.json is written after every finished row, the page of all results"
                        + " from these files. Ended by Ctrl-C, --resume goes on.")
final class StudyCommand extends LocalCommand {
    @Parameters(paramLabel = "NAME", description = "recall, scaling or claims")
    String name = "";

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "folder for data and page (default: docs/results of the checkout)")
    Optional<Path> out = Optional.empty();

    @Option(
            names = "--only",
            paramLabel = "ID",
            split = ",",
            description = "these plugins alone; of claims also single ones, e.g. mamba/claim-1")
    List<String> only = new ArrayList<>();

    @Option(names = "--resume", description = "keep the rows that are there, and run what is missing or was refused")
    boolean resume;

    @Option(names = "--render", description = "run nothing, write the page from the data that is there")
    boolean render;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "1",
            description = "parts that run at a time (default: ${DEFAULT-VALUE})")
    int workers = 1;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "processors of a part (default: ${DEFAULT-VALUE})")
    int threads = 1;

    @Override
    public Integer call() {
        if (name.equals(ClaimsStudy.NAME)) {
            return claims();
        }
        Study study = Studies.find(name)
                .orElseThrow(() -> CommandFailure.badInput("no study '" + name + "': expected one of "
                        + Studies.all().stream().map(Study::name).collect(Collectors.joining(", ")) + ", "
                        + ClaimsStudy.NAME));
        if (workers < 1 || threads < 1) {
            throw CommandFailure.badInput(
                    "--workers and --threads must be 1 or more, given " + workers + ", " + threads);
        }
        OutputFolder folder = OutputFolder.create(out.orElseGet(StudyCommand::results));
        try {
            if (!render) {
                run(study, folder.folder());
            }
            List<Path> written = ResultsPage.write(folder.folder());
            var document = StudyFile.read(folder.folder(), study)
                    .orElseThrow(() -> CommandFailure.badInput(
                            "--render: there is no " + study.name() + ".json in " + folder.folder()));
            if (zoo.json) {
                print(document);
            } else {
                out().println(document.path("rows").size() + " rows, "
                        + document.path("notRun").size() + " not run");
                refused(study, document).forEach(r -> out().println("refused: " + r));
                written.forEach(f -> out().println("wrote " + f));
            }
            return document.path("rows").isEmpty() ? 1 : 0;
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the results in " + folder.folder() + " cannot be read or written: " + e, e);
        }
    }

    /** Rows without a figure, each with its reason. */
    private static List<String> refused(Study study, JsonNode document) {
        return document.path("rows")
                .valueStream()
                .flatMap(r -> study.refused(r).map(why -> r.path("key").asString() + ": " + why).stream())
                .toList();
    }

    private int claims() {
        if (workers != 1 || threads < 1) {
            throw CommandFailure.badInput("claims are measured one after the other: expected --workers 1 and --threads"
                    + " of 1 or more, given " + workers + ", " + threads);
        }
        OutputFolder folder = OutputFolder.create(out.orElseGet(StudyCommand::results));
        try (Plugins plugins = plugins();
                Jobs jobs = new Jobs(err(), zoo.debug)) {
            ClaimsStudy claims = new ClaimsStudy(plugins, folder.folder(), err());
            var chosen = claims.chosen(only);
            Limits limits = Limits.defaults().withWallTime(ClaimsStudy.LONGEST).withThreads(threads);
            ClaimRecords records = render ? claims.render() : claims.run(chosen, !resume, jobs, limits);
            if (zoo.json) {
                print(records.json());
            } else {
                records.counts().forEach((verdict, n) -> out().println(n + " " + verdict));
            }
        }
        return 0;
    }

    private static Path results() {
        return ZooHome.checkout()
                .map(root -> root.resolve("docs/results"))
                .orElseThrow(() -> CommandFailure.badInput("--out DIR is needed outside a checkout"));
    }

    private void run(Study study, Path folder) throws IOException {
        List<Study.Part> parts = study.parts().stream()
                .filter(p -> only.isEmpty() || only.contains(p.id()))
                .toList();
        if (parts.isEmpty()) {
            throw CommandFailure.badInput("--only names no plugin of the study: expected some of "
                    + study.parts().stream().map(Study.Part::id).collect(Collectors.joining(", ")));
        }
        StudyFile file = file(study, folder);
        if (resume) {
            file.add(List.of(), Map.of()); // further mixers of the plan are listed at once
        } else {
            parts.forEach(p -> file.forget(p.keys()));
        }
        try (Plugins plugins = plugins()) {
            Map<String, String> versions = new TreeMap<>();
            parts.forEach(p -> {
                versions.put(p.id(), jar(plugins, p.id()).version());
                p.plugins().forEach(id -> versions.put(id, jar(plugins, id).version()));
            });
            StudyRun run = new StudyRun(study, file, versions, all(plugins), this::limits);
            Queue<Study.Part> left = new ConcurrentLinkedQueue<>(parts);
            new StudyWorkers(err(), zoo.debug, run, parts.size()).work(left, workers);
        }
    }

    /** Rows of parts that are not asked for stay. */
    private StudyFile file(Study study, Path folder) throws IOException {
        var environment = MeasurementStore.machine(threads);
        try {
            return resume || !only.isEmpty()
                    ? StudyFile.resume(folder, study, environment)
                    : StudyFile.begin(folder, study, environment);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.badInput(
                    e.getMessage() + ": run it without --resume and --only, or with another --out");
        }
    }

    private Limits limits(Study.Part part) {
        return Limits.defaults()
                .withWallTime(java.time.Duration.ofSeconds(part.seconds()))
                .withThreads(threads);
    }

    /** What the workers share. */
    record StudyRun(
            Study study,
            StudyFile file,
            Map<String, String> versions,
            List<PluginJar> plugins,
            java.util.function.Function<Study.Part, Limits> limits) {}
}
