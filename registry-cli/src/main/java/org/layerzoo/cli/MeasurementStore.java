package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.config.Configs;
import org.layerzoo.runner.job.Hardware;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Measurements of this machine, one file for each jar's SHA-256: the newest row of each question. */
final class MeasurementStore {
    /** What tells two measurements of one jar apart. */
    private static final List<String> QUESTION =
            List.of("id", "implementation", "unit", "pass", "dtype", "batch", "length", "dim", "heads");

    private static final List<String> MACHINE = List.of("cpu", "cores", "threads", "jdk");

    private final Path folder;

    MeasurementStore(Path home) {
        this.folder = home.resolve("results").resolve("benchmarks");
    }

    /** This machine with so many threads, as measurements name it. */
    static ObjectNode machine(int threads) {
        return Configs.mapper()
                .createObjectNode()
                .put("cpu", Hardware.cpu())
                .put("cores", Hardware.cores())
                .put("threads", threads)
                .put("jdk", Runtime.version().toString());
    }

    /**
     * Keeps the figures that a bench document has for one plugin.
     *
     * @param id the plugin whose jar has the digest
     * @param requested the backend as it was asked for
     */
    void write(String sha256, String id, JsonNode document, String requested) {
        List<ObjectNode> rows = new ArrayList<>(rows(sha256));
        for (JsonNode result : document.path("results")) {
            String plugin = result.path("id").asString("").replaceAll("[@/].*", "");
            if (result.path("refused").isString() || !plugin.equals(id)) {
                continue;
            }
            ObjectNode row = Configs.mapper().createObjectNode();
            row.put("measuredAt", Instant.now().toString()).put("requested", requested);
            row.set("environment", document.path("environment"));
            row.set("result", result);
            rows.removeIf(old -> same(old, row));
            rows.add(row);
        }
        ArrayNode all = Configs.mapper().createArrayNode();
        rows.forEach(all::add);
        try {
            Files.createDirectories(folder);
            Path part = Files.createTempFile(folder, sha256.substring(0, 8), ".part");
            Files.write(part, Configs.mapper().writeValueAsBytes(all));
            Files.move(part, file(sha256), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the measurement cannot be stored in " + folder + ": " + e, e);
        }
    }

    /** The row that answers {@code question} (fields of a result) on {@code machine}: a result with its environment and time. */
    Optional<ObjectNode> find(String sha256, ObjectNode question, ObjectNode machine, String requested) {
        return rows(sha256).stream()
                .filter(r -> r.path("requested").asString("").equals(requested))
                .filter(r -> MACHINE.stream().allMatch(f -> equal(r.path("environment"), machine, f)))
                .filter(r -> question.propertyStream().allMatch(q -> equal(r.path("result"), question, q.getKey())))
                .findFirst();
    }

    private static boolean same(JsonNode a, JsonNode b) {
        return a.path("requested").equals(b.path("requested"))
                && MACHINE.stream().allMatch(f -> equal(a.path("environment"), b.path("environment"), f))
                && QUESTION.stream().allMatch(f -> equal(a.path("result"), b.path("result"), f));
    }

    private static boolean equal(JsonNode a, JsonNode b, String field) {
        return a.path(field).asString("").equals(b.path(field).asString(""));
    }

    private List<ObjectNode> rows(String sha256) {
        Path file = file(sha256);
        if (!Files.isRegularFile(file)) {
            return List.of();
        }
        try {
            return Configs.mapper()
                    .readTree(Files.readAllBytes(file))
                    .valueStream()
                    .filter(ObjectNode.class::isInstance)
                    .map(ObjectNode.class::cast)
                    .toList();
        } catch (IOException | JacksonException _) {
            return List.of(); // half a file of an older crash: as if it had not been measured
        }
    }

    private Path file(String sha256) {
        return folder.resolve(sha256 + ".json");
    }
}
