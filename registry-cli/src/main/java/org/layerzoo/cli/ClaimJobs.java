package org.layerzoo.cli;

import java.io.PrintWriter;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.layerzoo.cli.claims.Batches;
import org.layerzoo.cli.claims.ClaimRecords;
import org.layerzoo.cli.claims.Run;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.runner.child.Limits;
import org.layerzoo.runner.child.Outcome;
import tools.jackson.databind.node.ObjectNode;

/** The jobs that experiments on claims ask for, for the records. */
record ClaimJobs(Plugins plugins, Jobs jobs, Limits limits, PrintWriter err) {
    private static final List<String> QUICK_FIRST = List.of("probe", "benchmark", "training");

    /**
     * Runs them, each job once, quick ones first.
     *
     * @param from where this part begins in the command's progress, which it takes {@code share} of
     * @param kept called when the records have grown, so that an interrupted command goes on where it was
     */
    void run(Stream<Run> runs, ClaimRecords records, double from, double share, Runnable kept) {
        SequencedMap<String, Run> byKey = new LinkedHashMap<>();
        runs.sorted(Comparator.comparingInt(r -> QUICK_FIRST.indexOf(r.kind())))
                .forEach(r -> byKey.putIfAbsent(r.key(), r));
        List<List<Run>> todo = Batches.of(List.copyOf(byKey.values()));
        double part = share / Math.max(1, todo.size());
        for (int i = 0; i < todo.size(); i++) {
            List<Run> batch = todo.get(i);
            batch.forEach(r -> err.println("zoo: " + r.command()));
            Outcome outcome = jobs.outcome(
                    batch.getFirst().kind(),
                    Batches.spec(batch),
                    LocalCommand.all(plugins),
                    limits,
                    from + i * part,
                    part);
            batch.forEach(r -> keep(r, outcome, records));
            kept.run();
        }
    }

    private void keep(Run run, Outcome outcome, ClaimRecords records) {
        ObjectNode machine = MeasurementStore.machine(limits.threads());
        String date = LocalDate.now(ZoneOffset.UTC).toString();
        switch (outcome) {
            case Outcome.Succeeded s -> records.put(run, Batches.of(run, s.json()), machine, date);
            case Outcome.Refused r -> records.refuse(run, r.problem().detail(), machine, date);
            case Outcome.Failed f -> records.refuse(run, Jobs.said(f.problem()), machine, date);
            case Outcome.Cancelled c -> throw CommandFailure.of(c.exitCode(), "the job was cancelled");
        }
    }
}
