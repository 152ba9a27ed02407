package org.layerzoo.cli.claims;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.spi.PaperCard;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What was measured, as kept in claims.json: {@code runs} by key with command, machine, date and figures, and {@code claims} with the paper's
 * figure, ours and the verdict. Runs are added one by one; claims are made from them anew.
 */
public final class ClaimRecords {
    private static final int FORMAT = 1;

    private final ObjectNode document;

    private ClaimRecords(ObjectNode document) {
        this.document = document;
    }

    /** Nothing measured yet where there is no file. @throws ZooException BAD_FILE when the file is something else */
    public static ClaimRecords read(Path file) {
        try {
            JsonNode n = Configs.mapper().readTree(Files.readAllBytes(file));
            if (n instanceof ObjectNode o && o.path("format").asInt() == FORMAT) {
                return new ClaimRecords(o);
            }
            throw new ZooException(ErrorCode.BAD_FILE, file + " holds no records of claims in format " + FORMAT);
        } catch (NoSuchFileException _) {
            return empty();
        } catch (JacksonException e) {
            throw new ZooException(ErrorCode.BAD_FILE, file + " is no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, "cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** The records that came with this release; none where it has none. */
    public static ClaimRecords shipped() {
        try (InputStream in = ClaimRecords.class.getResourceAsStream("claims.json")) {
            return in == null
                    ? empty()
                    : new ClaimRecords((ObjectNode) Configs.mapper().readTree(in));
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, "the records of claims cannot be read: " + e.getMessage(), e);
        }
    }

    /** Nothing measured yet. */
    public static ClaimRecords empty() {
        ObjectNode empty = Configs.mapper().createObjectNode().put("format", FORMAT);
        empty.putObject("runs");
        empty.putArray("claims");
        return new ClaimRecords(empty);
    }

    /** What was found of a claim such as mamba/claim-1: its verdict and, in {@code here}, our figures or the reason why there are none. */
    public Optional<Finding> finding(String id) {
        return row(id).map(r -> new Finding(
                r.path("verdict").asString(),
                r.path("here").asString(r.path("reason").asString(""))));
    }

    /** What is kept of a claim such as mamba/claim-1. */
    public Optional<JsonNode> row(String id) {
        return document.path("claims")
                .valueStream()
                .filter(r -> r.path("id").asString().equals(id))
                .findFirst();
    }

    /** The newest run that a claim's row rests on. */
    public Optional<JsonNode> newest(JsonNode row) {
        return row.path("runs")
                .valueStream()
                .map(key -> runs().path(key.asString()))
                .filter(JsonNode::isObject)
                .max(Comparator.comparing(run -> run.path("date").asString("")));
    }

    /** Takes over the runs of other records; one that was refused does not stand in place of figures. */
    public void take(ClaimRecords other) {
        other.runs().properties().stream()
                .filter(r -> !r.getValue().has("refused") || !runs().has(r.getKey()))
                .forEach(r -> runs().set(r.getKey(), r.getValue()));
    }

    /** The same claims with the runs that are not in other records. */
    public ClaimRecords beyond(ClaimRecords other) {
        ObjectNode kept = document.deepCopy();
        ObjectNode runs = (ObjectNode) kept.get("runs");
        other.runs().properties().stream()
                .filter(r -> r.getValue().equals(runs.path(r.getKey())))
                .forEach(r -> runs.remove(r.getKey()));
        return new ClaimRecords(kept);
    }

    /** A verdict and what it rests on. */
    public record Finding(String verdict, String here) {}

    public boolean has(Run run) {
        return runs().has(run.key());
    }

    /** Whether a run was tried and gave no figures. */
    public boolean refused(Run run) {
        return runs().path(run.key()).has("refused");
    }

    /** Forgets a run, so that it is measured again. */
    public void forget(Run run) {
        runs().remove(run.key());
    }

    /** Keeps what a job gave. */
    public void put(Run run, JsonNode result, JsonNode machine, String date) {
        ObjectNode kept = Configs.mapper().createObjectNode();
        kept.put("command", run.command());
        kept.set("machine", machine);
        kept.put("date", date);
        kept.set("figures", Figures.of(run.kind(), result));
        Figures.refusal(run.kind(), result).ifPresent(r -> kept.put("refused", r));
        runs().set(run.key(), kept);
    }

    /** Takes over the row of another study; where that has none, the run stays undone. */
    public void row(Run run, Path study) {
        forget(run);
        if (!Files.isRegularFile(study)) {
            return;
        }
        try {
            JsonNode document = Configs.mapper().readTree(Files.readAllBytes(study));
            document.path("rows")
                    .valueStream()
                    .filter(r -> r.path("key").equals(run.spec().path("row"))
                            && !r.path("refused").isString())
                    .findFirst()
                    .ifPresent(r -> put(
                            run,
                            r,
                            document.path("environment").deepCopy(),
                            document.path("date").asString("")));
        } catch (JacksonException | IOException e) {
            throw new ZooException(ErrorCode.BAD_FILE, study + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Keeps that a job could not be done. */
    public void refuse(Run run, String reason, JsonNode machine, String date) {
        ObjectNode kept = Configs.mapper().createObjectNode();
        kept.put("command", run.command());
        kept.set("machine", machine);
        kept.put("date", date).put("refused", reason);
        kept.putObject("figures");
        runs().set(run.key(), kept);
    }

    /** Makes the rows of all claims from the runs there are, and drops runs that no experiment asks for any more. */
    public void decide(List<Experiment> experiments, Map<String, PaperCard> cards) {
        ObjectNode used = Configs.mapper().createObjectNode();
        ArrayNode rows = Configs.mapper().createArrayNode();
        for (Experiment e : experiments) {
            rows.add(row(e, claim(e, cards)));
            e.runs().values().stream().filter(this::has).forEach(r -> used.set(r.key(), runs().get(r.key())));
        }
        document.set("runs", used);
        document.set("claims", rows);
    }

    private static PaperCard.Claim claim(Experiment e, Map<String, PaperCard> cards) {
        PaperCard card = cards.get(e.plugin());
        if (card == null) {
            throw new ZooException(
                    ErrorCode.UNKNOWN_PLUGIN, "experiment " + e.id() + " is on a plugin that is not here");
        }
        return card.claims().stream()
                .filter(c -> e.id().equals(e.plugin() + "/" + c.id()))
                .findFirst()
                .orElseThrow(() -> new ZooException(
                        ErrorCode.BAD_CONFIG, "experiment " + e.id() + " is on a claim that its card does not have"));
    }

    private ObjectNode row(Experiment e, PaperCard.Claim claim) {
        ObjectNode row = Configs.mapper().createObjectNode();
        row.put("id", e.id()).put("claim", claim.text()).put("paper", claim.paper());
        if (!e.measured()) {
            return row.put("verdict", Verdict.NOT_HERE.label()).put("reason", e.reason());
        }
        row.put("measures", e.measures()).put("rule", e.rule());
        ObjectNode keys = row.putObject("runs");
        e.runs().forEach((name, run) -> keys.put(name, run.key()));
        Optional<String> refused = refused(e);
        if (refused.isPresent()) {
            return row.put("verdict", Verdict.NOT_HERE.label()).put("reason", refused.get());
        }
        if (!e.runs().values().stream().allMatch(this::has)) {
            return row.put("verdict", Verdict.OPEN.label());
        }
        Map<String, Double> figures = figures(e.runs());
        return row.put("verdict", e.verdict(figures).label()).put("here", e.shown(figures));
    }

    private Optional<String> refused(Experiment e) {
        return e.runs().values().stream()
                .map(r -> runs().path(r.key()))
                .filter(r -> r.has("refused"))
                .map(r ->
                        r.path("command").asString() + ": " + r.path("refused").asString())
                .findFirst();
    }

    private Map<String, Double> figures(Map<String, Run> runs) {
        Map<String, Double> out = new TreeMap<>();
        runs.forEach((name, run) -> runs().path(run.key())
                .path("figures")
                .properties()
                .forEach(f -> out.put(name + "." + f.getKey(), f.getValue().asDouble())));
        return out;
    }

    private ObjectNode runs() {
        return (ObjectNode) document.get("runs");
    }

    public JsonNode json() {
        return document;
    }

    /** Rows by verdict. */
    public Map<String, Integer> counts() {
        Map<String, Integer> out = new LinkedHashMap<>();
        for (Verdict v : Verdict.values()) {
            out.put(v.label(), 0);
        }
        document.path("claims").forEach(r -> out.merge(r.path("verdict").asString(), 1, Integer::sum));
        return out;
    }

    /** Writes the document, whole or not at all. */
    public void write(Path file) {
        write(file, Configs.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(document) + "\n");
    }

    /** Writes a text, whole or not at all. */
    public static void write(Path file, String text) {
        Path target = file.toAbsolutePath();
        Path part = target.resolveSibling("." + target.getFileName() + ".part");
        try {
            Files.writeString(part, text);
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, "cannot write " + file + ": " + e.getMessage(), e);
        }
    }
}
