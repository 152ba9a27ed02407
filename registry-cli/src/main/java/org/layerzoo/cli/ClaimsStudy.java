package org.layerzoo.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.layerzoo.cli.claims.ClaimRecords;
import org.layerzoo.cli.claims.ClaimsPage;
import org.layerzoo.cli.claims.Experiment;
import org.layerzoo.cli.claims.Experiments;
import org.layerzoo.cli.claims.Run;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.core.spi.PaperCard;
import org.layerzoo.runner.child.Limits;

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
        Stream<Run> todo = chosen.stream()
                .flatMap(e -> e.runs().values().stream())
                .filter(r -> !r.ofStudy() && (again || !records.has(r) || records.refused(r)));
        new ClaimJobs(plugins, jobs, limits, err).run(todo, records, 0, 1, this::write);
        write();
        return records;
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

    private void write() {
        records.decide(all, cards);
        records.write(folder.resolve(DATA));
        ClaimRecords.write(folder.resolve(PAGE), ClaimsPage.of(records.json()));
    }
}
