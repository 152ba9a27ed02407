package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.layerzoo.core.config.Configs;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Results of verification on this machine, one file for each jar's SHA-256. */
final class LevelStore {
    private static final int LEVELS = 4;
    private static final String NOT_RUN = "notRun";
    private final Path folder;

    LevelStore(Path home) {
        this.folder = home.resolve("results").resolve("verification");
    }

    /** Levels of a jar: {"level": n, "levels": {"1": "passed", ...}}; all of them not run when nothing is stored. */
    ObjectNode read(String sha256) {
        ObjectNode levels = Configs.mapper().createObjectNode();
        JsonNode stored = stored(sha256).path("levels");
        for (int n = 1; n <= LEVELS; n++) {
            levels.put(Integer.toString(n), stored.path(Integer.toString(n)).asString(NOT_RUN));
        }
        ObjectNode out = Configs.mapper().createObjectNode();
        out.put("level", level(levels));
        out.set("levels", levels);
        return out;
    }

    /** Backends on which the last comparison of devices found all of the jar's layers right, without the device's number. */
    List<String> devices(String sha256) {
        Map<String, Boolean> passed = new TreeMap<>();
        stored(sha256)
                .path("devices")
                .forEach(d -> passed.merge(
                        d.path("backend").asString("").split(":")[0],
                        d.path("passed").asBoolean(),
                        Boolean::logicalAnd));
        return passed.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The last entry of {@code zoo verify --json} for the jar; missing when there is none. */
    JsonNode stored(String sha256) {
        Path file = file(sha256);
        if (!Files.isRegularFile(file)) {
            return Configs.mapper().missingNode();
        }
        try {
            return Configs.mapper().readTree(Files.readAllBytes(file));
        } catch (IOException | JacksonException _) {
            return Configs.mapper().missingNode(); // half a file of an older crash: as if it had not been run
        }
    }

    /** Keeps an entry; levels that it did not run stay as they were. */
    void write(String sha256, ObjectNode entry) {
        ObjectNode kept = entry.deepCopy();
        ObjectNode before = (ObjectNode) read(sha256).get("levels");
        entry.path("levels").properties().forEach(e -> {
            if (!e.getValue().asString().equals(NOT_RUN)) {
                before.set(e.getKey(), e.getValue());
            }
        });
        kept.set("levels", before);
        kept.put("level", level(before));
        try {
            Files.createDirectories(folder);
            Path part = Files.createTempFile(folder, sha256.substring(0, 8), ".part");
            Files.write(part, Configs.mapper().writeValueAsBytes(kept));
            Files.move(part, file(sha256), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the result cannot be stored in " + folder + ": " + e, e);
        }
    }

    /** The highest passed level below which all is passed or not applicable. */
    static int level(JsonNode levels) {
        int best = 0;
        for (int n = 1; n <= LEVELS; n++) {
            String state = levels.path(Integer.toString(n)).asString(NOT_RUN);
            if (state.equals("passed")) {
                best = n;
            } else if (!state.equals("notApplicable")) {
                break;
            }
        }
        return best;
    }

    private Path file(String sha256) {
        return folder.resolve(sha256 + ".json");
    }
}
