package org.layerzoo.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.layerzoo.cli.claims.ClaimRecords;
import org.layerzoo.cli.claims.Experiment;
import org.layerzoo.cli.claims.Experiments;
import org.layerzoo.cli.claims.Run;
import org.layerzoo.cli.claims.Verdict;
import org.layerzoo.core.plugin.JarLayout;
import org.layerzoo.core.spi.PaperCard;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Level 4: every claim of the card has a stored measurement, whether or not it holds, or the reason why it cannot be measured here. What is
 * missing is measured as {@code zoo study claims} does, and kept for the jar after each job.
 */
final class LevelFour {
    private static final int LEVEL = 4;
    private static final String KEY = Integer.toString(LEVEL);

    private final ClaimJobs jobs;
    private final ClaimStore store;

    LevelFour(ClaimJobs jobs, ClaimStore store) {
        this.jobs = jobs;
        this.store = store;
    }

    /** Adds the level with its claims to a plugin's entry of {@code zoo verify --json}. */
    void into(ObjectNode entry, JarLayout jar, double from, double share) {
        PaperCard card = InfoCommand.card(jar);
        SequencedMap<String, Experiment> experiments = experiments(jar, card);
        ClaimRecords records = store.records(jar.sha256());
        Runnable decide = () -> records.decide(List.copyOf(experiments.values()), Map.of(jar.id(), card));
        Stream<Run> missing = experiments.values().stream()
                .filter(e -> e.runs().values().stream()
                        .allMatch(r -> blocked(r, records).isEmpty()))
                .flatMap(e -> e.runs().values().stream())
                .filter(r -> !r.ofStudy() && (!records.has(r) || records.refused(r)));
        jobs.run(missing, records, from, share, () -> {
            decide.run();
            store.write(jar.sha256(), records);
        });
        decide.run();
        List<String> open = new ArrayList<>();
        ArrayNode claims = entry.putArray("claims");
        ArrayNode checks = (ArrayNode) entry.get("checks");
        for (PaperCard.Claim claim : card.claims()) {
            Optional<JsonNode> row = records.row(jar.id() + "/" + claim.id()).filter(r -> !open(r));
            claims.add(claim(claim, row, records));
            row.ifPresentOrElse(
                    r -> checks.add(check(claim, r)),
                    () -> open.add(claim.id() + " " + why(Optional.ofNullable(experiments.get(claim.id())), records)));
        }
        state(entry, card.claims().isEmpty(), open);
    }

    /** By the claim's id; an experiment on a claim that this version's card does not have is none of it. */
    private static SequencedMap<String, Experiment> experiments(JarLayout jar, PaperCard card) {
        SequencedMap<String, Experiment> out = new LinkedHashMap<>();
        for (Experiment e : Experiments.all()) {
            card.claims().stream()
                    .filter(c -> e.id().equals(jar.id() + "/" + c.id()))
                    .forEach(c -> out.put(c.id(), e));
        }
        return out;
    }

    /** What else a run needs before it can be had. */
    private Optional<String> blocked(Run run, ClaimRecords records) {
        if (run.ofStudy()) {
            return records.has(run) ? Optional.empty() : Optional.of("needs " + run.command());
        }
        return Stream.of(run.plugin(), run.spec().path("task").asString(""))
                .map(ref -> ref.split("/")[0])
                .filter(id -> !id.isEmpty() && !jobs.plugins().jars().containsKey(id))
                .findFirst()
                .map(id -> "needs the plugin " + id);
    }

    private String why(Optional<Experiment> experiment, ClaimRecords records) {
        return experiment
                .map(e -> e.runs().values().stream()
                        .flatMap(r -> blocked(r, records).stream())
                        .findFirst()
                        .orElse("was not measured"))
                .orElse("has no experiment");
    }

    private static boolean open(JsonNode row) {
        return row.path("verdict").asString().equals(Verdict.OPEN.label());
    }

    private static ObjectNode claim(PaperCard.Claim claim, Optional<JsonNode> row, ClaimRecords records) {
        ObjectNode o = LocalCommand.object();
        o.put("id", claim.id()).put("text", claim.text()).put("paper", claim.paper());
        o.put("verdict", row.map(r -> r.path("verdict").asString()).orElse(Verdict.OPEN.label()));
        row.ifPresent(r -> o.put("here", here(r)));
        row.flatMap(records::newest)
                .ifPresent(run -> o.put("date", run.path("date").asString()).set("machine", run.path("machine")));
        return o;
    }

    private static String here(JsonNode row) {
        return row.path("here").asString(row.path("reason").asString(""));
    }

    private static ObjectNode check(PaperCard.Claim claim, JsonNode row) {
        return LocalCommand.object()
                .put("name", claim.id() + ": " + claim.text())
                .put("level", LEVEL)
                .put("passed", true)
                .put("detail", row.path("verdict").asString() + ": " + here(row));
    }

    private static void state(ObjectNode entry, boolean none, List<String> open) {
        ObjectNode reasons = entry.path("reasons") instanceof ObjectNode o ? o : entry.putObject("reasons");
        reasons.remove(KEY);
        String state = none ? "notApplicable" : open.isEmpty() ? "passed" : "notRun";
        if (none) {
            reasons.put(KEY, "the card declares no claims");
        } else if (!open.isEmpty()) {
            reasons.put(KEY, "not measured yet: " + String.join("; ", open));
        }
        if (reasons.isEmpty()) {
            entry.remove("reasons");
        }
        ObjectNode levels = (ObjectNode) entry.get("levels");
        levels.put(KEY, state);
        entry.put("level", LevelStore.level(levels));
    }
}
