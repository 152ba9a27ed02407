package org.layerzoo.cli;

import com.github.zafarkhaja.semver.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.layerzoo.core.config.Configs;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A version of a plugin, exactly.
 *
 * @param range what was asked for; empty for one that another plugin needs
 * @param publicKey base64 of the key that signed it
 * @param dependencies ranges of what it needs, by id
 */
record Locked(
        String id,
        String version,
        String range,
        String sha256,
        String signature,
        String publicKey,
        String publisher,
        Map<String, String> dependencies) {
    private static final int FORMAT = 1;

    /** Both stand in names of files, and come from a lock or a registry that somebody else wrote. */
    Locked {
        if (!id.matches("[a-z0-9]+(-[a-z0-9]+)*") || Version.tryParse(version).isEmpty()) {
            throw CommandFailure.badInput("expected a plugin's id, such as mamba, and a version, such as 1.2.0, given '"
                    + id + "' and '" + version + "'");
        }
    }

    Locked asked(String newRange) {
        return new Locked(id, version, newRange, sha256, signature, publicKey, publisher, dependencies);
    }

    /** The plugins of a lock file by id; empty when there is no such file. */
    static Optional<Map<String, Locked>> read(Path file) {
        try {
            JsonNode root = Configs.mapper().readTree(Files.readString(file));
            if (root.path("format").asInt() != FORMAT) {
                throw CommandFailure.badInput("--lock: expected a lock file of format " + FORMAT + ", given " + file);
            }
            var plugins = new TreeMap<String, Locked>();
            for (JsonNode plugin : root.path("plugins")) {
                Locked locked = of(plugin);
                plugins.put(locked.id(), locked);
            }
            return Optional.of(plugins);
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException | JacksonException e) {
            throw CommandFailure.badInput(
                    "--lock: expected a lock file that can be read, given " + file + ": " + e.getMessage());
        }
    }

    private static Locked of(JsonNode plugin) {
        var dependencies = new LinkedHashMap<String, String>();
        plugin.path("dependencies")
                .properties()
                .forEach(one -> dependencies.put(one.getKey(), one.getValue().asString("")));
        return new Locked(
                ListCommand.text(plugin, "id"),
                ListCommand.text(plugin, "version"),
                ListCommand.text(plugin, "range"),
                ListCommand.text(plugin, "sha256"),
                ListCommand.text(plugin, "signature"),
                ListCommand.text(plugin, "publicKey"),
                ListCommand.text(plugin, "publisher"),
                dependencies);
    }

    static ObjectNode document(Map<String, Locked> plugins) {
        ObjectNode root = Configs.mapper().createObjectNode().put("format", FORMAT);
        var list = root.putArray("plugins");
        new TreeMap<>(plugins).values().forEach(one -> list.add(one.json()));
        return root;
    }

    private ObjectNode json() {
        ObjectNode plugin = Configs.mapper().createObjectNode();
        plugin.put("id", id).put("version", version).put("range", range).put("sha256", sha256);
        plugin.put("signature", signature).put("publicKey", publicKey).put("publisher", publisher);
        new TreeMap<>(dependencies).forEach(plugin.putObject("dependencies")::put);
        return plugin;
    }

    static void write(Path file, Map<String, Locked> plugins) {
        Path whole = file.toAbsolutePath();
        try {
            Path partial = whole.resolveSibling(whole.getFileName() + ".part");
            String text = Configs.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(document(plugins));
            Files.writeString(partial, text + "\n");
            Files.move(partial, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the lock file " + file + " cannot be written: " + e, e);
        }
    }
}
