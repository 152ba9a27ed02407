package org.layerzoo.cli.claims;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** The page of claims.json: one table of claims a plugin's family order, then the runs behind them. */
public final class ClaimsPage {
    private ClaimsPage() {}

    public static String of(JsonNode document) {
        List<String> lines = new ArrayList<>(List.of(
                "# The papers' claims, measured here",
                "",
                "Written by `zoo study claims` from [claims.json](claims.json); the experiments and their rules were fixed before they were run, in",
                "`registry-cli/src/main/resources/org/layerzoo/cli/claims/`. Small models and short lengths on a CPU stand for large ones on GPUs: a claim that holds here",
                "holds at this size, one that does not may hold at the paper's. `./zoo study claims --resume` measures what is missing, `--only ID,...` measures some anew.",
                "",
                counts(document),
                "",
                "| claim | the paper's figure | here | verdict |",
                "|---|---|---|---|"));
        document.path("claims").forEach(c -> lines.add(row(c)));
        lines.addAll(List.of(
                "", "## What was measured", "", "| claim | experiment | holds when | runs |", "|---|---|---|---|"));
        document.path("claims")
                .valueStream()
                .filter(c -> c.has("rule"))
                .forEach(c -> lines.add("| " + cell(c.path("id").asString()) + " | "
                        + cell(c.path("measures").asString()) + " | `"
                        + cell(c.path("rule").asString()) + "` | "
                        + c.path("runs").properties().stream()
                                .map(r -> r.getKey() + " = " + r.getValue().asString())
                                .collect(Collectors.joining(", "))
                        + " |"));
        lines.addAll(List.of("", "## Runs", "", "| run | command | machine | date |", "|---|---|---|---|"));
        document.path("runs")
                .properties()
                .forEach(r -> lines.add("| " + r.getKey() + " | `"
                        + cell(r.getValue().path("command").asString()) + "` | "
                        + machine(r.getValue().path("machine")) + " | "
                        + r.getValue().path("date").asString() + " |"));
        return String.join("\n", lines) + "\n";
    }

    private static String counts(JsonNode document) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (Verdict v : Verdict.values()) {
            counts.put(v.label(), 0);
        }
        document.path("claims").forEach(c -> counts.merge(c.path("verdict").asString(), 1, Integer::sum));
        return document.path("claims").size() + " claims: "
                + counts.entrySet().stream()
                        .filter(e -> e.getValue() > 0)
                        .map(e -> e.getValue() + " " + e.getKey())
                        .collect(Collectors.joining(", "))
                + ".";
    }

    private static String row(JsonNode c) {
        String here =
                c.has("here") ? c.path("here").asString() : c.path("reason").asString("");
        return "| **" + cell(c.path("id").asString()) + "** "
                + cell(c.path("claim").asString()) + " | "
                + cell(c.path("paper").asString()) + " | " + cell(here) + " | "
                + c.path("verdict").asString() + " |";
    }

    private static String machine(JsonNode m) {
        return cell(m.path("cpu").asString() + ", " + m.path("threads").asString() + " of "
                + m.path("cores").asString() + " cores, JDK " + m.path("jdk").asString());
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replaceAll("\\s+", " ").strip();
    }
}
