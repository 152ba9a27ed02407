package org.layerzoo.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.layerzoo.cli.claims.Batches;
import org.layerzoo.cli.claims.ClaimRecords;
import org.layerzoo.cli.claims.ClaimsPage;
import org.layerzoo.cli.claims.Experiment;
import org.layerzoo.cli.claims.Experiments;
import org.layerzoo.cli.claims.Run;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.core.spi.PaperCard;
import org.layerzoo.runner.child.Limits;
import org.layerzoo.runner.child.Outcome;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code zoo study claims}: runs the declared experiments on the papers' claims that have no record yet, and writes claims.json and its page
 * after each run, so that an interrupted study goes on where it was.
 */
final class ClaimsStudy {
    static final String NAME = "claims";
    /** Of one job. */
    static final Duration LONGEST = Duration.ofHours(1);

    static final String DATA = "claims.json";
    static final String PAGE = "claims.md";
    private static final List<String> QUICK_FIRST = List.of("probe", "benchmark", "training");

    private final Plugins plugins;
    private final Path folder;
    private final PrintWriter err;
    private final ClaimRecords records;
    private final List<Experiment> all = Experiments.all();
    private final Map<String, PaperCard> cards = new TreeMap<>();

    /** @param folder that holds claims.json, usually docs/results */
    ClaimsStudy(Plugins plugins, Path folder, PrintWriter err) {
        this.plugins = plugins;
        this.folder = folder;
        this.err = err;
        this.records = ClaimRecords.read(folder.resolve(DATA));
        all.stream().map(Experiment::plugin).distinct().forEach(id -> cards.put(id, InfoCommand.card(plugins.jar(id))));
    }

    /**
     * The experiments of these plugins or claims; all when none is named.
     *
     * @throws CommandFailure exit 2 naming what there is no experiment of
     */
    List<Experiment> chosen(List<String> only) {
        List<Experiment> out = new ArrayList<>();
        for (String name : only) {
            List<Experiment> named = all.stream()
                    .filter(e -> e.id().equals(name) || e.plugin().equals(name))
                    .toList();
            if (named.isEmpty()) {
                throw CommandFailure.badInput(
                        "--only names plugins or claims such as mamba or mamba/claim-1, given '" + name + "'");
            }
            out.addAll(named);
        }
        return only.isEmpty() ? all : out;
    }

    /** Decides all claims anew from the records and the rows of other studies, and runs nothing. */
    ClaimRecords render() {
        rows();
        write();
        return records;
    }

    /** Runs what is missing. @param again measure anew what there is, too */
    ClaimRecords run(List<Experiment> chosen, boolean again, Jobs jobs, Limits limits) {
        rows();
        List<List<Run>> todo = Batches.of(todo(chosen, again));
        for (int i = 0; i < todo.size(); i++) {
            List<Run> batch = todo.get(i);
            batch.forEach(r -> err.println("zoo: " + r.command()));
            Outcome outcome = jobs.outcome(
                    batch.getFirst().kind(),
                    Batches.spec(batch),
                    LocalCommand.all(plugins),
                    limits,
                    (double) i / todo.size(),
                    1.0 / todo.size());
            batch.forEach(r -> keep(r, outcome, limits));
            write();
        }
        write();
        return records;
    }

    /** Each job once, quick ones first. */
    private List<Run> todo(List<Experiment> chosen, boolean again) {
        SequencedMap<String, Run> byKey = new LinkedHashMap<>();
        chosen.stream()
                .flatMap(e -> e.runs().values().stream())
                .filter(r -> !r.ofStudy() && (again || !records.has(r) || records.refused(r)))
                .sorted(Comparator.comparingInt(r -> QUICK_FIRST.indexOf(r.kind())))
                .forEach(r -> byKey.putIfAbsent(r.key(), r));
        return List.copyOf(byKey.values());
    }

    /** Takes over the rows that other studies have by now. */
    private void rows() {
        for (Experiment e : all) {
            for (Run run : e.runs().values()) {
                if (run.ofStudy()) {
                    records.row(run, folder.resolve(run.spec().path("study").asString() + ".json"));
                }
            }
        }
    }

    private void keep(Run run, Outcome outcome, Limits limits) {
        ObjectNode machine = MeasurementStore.machine(limits.threads());
        String date = LocalDate.now(ZoneOffset.UTC).toString();
        switch (outcome) {
            case Outcome.Succeeded s -> records.put(run, Batches.of(run, s.json()), machine, date);
            case Outcome.Refused r -> records.refuse(run, r.problem().detail(), machine, date);
            case Outcome.Failed f -> records.refuse(run, Jobs.said(f.problem()), machine, date);
            case Outcome.Cancelled c -> throw CommandFailure.of(c.exitCode(), "the job was cancelled");
        }
    }

    private void write() {
        records.decide(all, cards);
        records.write(folder.resolve(DATA));
        ClaimRecords.write(folder.resolve(PAGE), ClaimsPage.of(records.json()));
    }
}
