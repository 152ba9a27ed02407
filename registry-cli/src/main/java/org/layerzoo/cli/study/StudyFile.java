package org.layerzoo.cli.study;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A study's document on disk, whole after every row. Safe for use by several threads. */
public final class StudyFile {
    private static final int SCHEMA = 1;

    private final Path file;
    private final Study study;
    private final ObjectNode head;
    private final SequencedMap<String, JsonNode> rows = new LinkedHashMap<>();
    private final Map<String, String> versions = new java.util.TreeMap<>();

    private StudyFile(Path file, Study study, ObjectNode head) {
        this.file = file;
        this.study = study;
        this.head = head;
    }

    /** An empty document, to be written with its first row. */
    public static StudyFile begin(Path folder, Study study, JsonNode environment) {
        ObjectNode head = Configs.mapper().createObjectNode();
        head.put("schema", SCHEMA).put("study", study.name()).put("title", study.title());
        head.put("command", "./zoo study " + study.name()).put("date", "");
        head.set("environment", environment);
        head.set("plan", study.plan());
        return new StudyFile(path(folder, study), study, head);
    }

    /**
     * The same with the rows that the file there holds, but for those that were refused.
     *
     * @throws IllegalArgumentException when they were made under another plan, so that they don't compare with new ones; further mixers
     *     are no other plan
     */
    public static StudyFile resume(Path folder, Study study, JsonNode environment) throws IOException {
        StudyFile f = begin(folder, study, environment);
        Optional<JsonNode> there = read(folder, study);
        if (there.isPresent()) {
            JsonNode d = there.get();
            if (!terms(d.path("plan")).equals(terms(study.plan()))) {
                throw new IllegalArgumentException(
                        f.file + " was made under another plan, its rows don't compare with new ones");
            }
            for (JsonNode row : d.path("rows")) {
                if (study.refused(row).isEmpty()) {
                    f.rows.put(row.get("key").asString(), row);
                }
            }
            d.path("plugins")
                    .properties()
                    .forEach(e -> f.versions.put(e.getKey(), e.getValue().asString()));
        }
        return f;
    }

    private static JsonNode terms(JsonNode plan) {
        ObjectNode terms = (ObjectNode) plan.deepCopy();
        terms.remove("mixers");
        return terms;
    }

    /** Gives rows up, which are then run again. */
    public synchronized void forget(List<String> keys) {
        keys.forEach(rows::remove);
    }

    /** The document of a study in a folder, if there is one. */
    public static Optional<JsonNode> read(Path folder, Study study) throws IOException {
        Path file = path(folder, study);
        return Files.exists(file) ? Optional.of(Configs.mapper().readTree(Files.readAllBytes(file))) : Optional.empty();
    }

    private static Path path(Path folder, Study study) {
        return folder.resolve(study.name() + ".json");
    }

    public synchronized boolean has(String key) {
        return rows.containsKey(key);
    }

    /** Adds or replaces rows and writes the document. */
    public synchronized void add(List<? extends JsonNode> more, Map<String, String> plugins) throws IOException {
        more.forEach(r -> rows.put(r.get("key").asString(), r));
        versions.putAll(plugins);
        Path part = file.resolveSibling("." + file.getFileName() + ".part");
        Files.write(part, Configs.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(document()));
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Rows in the order of the plan; keys that have none are listed as not run. */
    public synchronized ObjectNode document() {
        ObjectNode d = head.deepCopy();
        d.put("date", LocalDate.now().toString());
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        if (load >= 0) { // negative where the system has none
            ((ObjectNode) d.get("environment")).put("loadAverage", Math.round(10 * load) / 10.0);
        }
        ObjectNode plugins = d.putObject("plugins");
        versions.forEach(plugins::put);
        ArrayNode out = d.putArray("rows");
        ArrayNode missing = d.putArray("notRun");
        study.parts().stream().flatMap(p -> p.keys().stream()).forEach(key -> {
            if (rows.containsKey(key)) {
                out.add(rows.get(key));
            } else {
                missing.add(key);
            }
        });
        return d;
    }
}
