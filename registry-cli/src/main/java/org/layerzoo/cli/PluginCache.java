package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Downloaded jars by their SHA-256, and the keys that plugins were signed with so far. Nothing gets in whose digest or signature is
 * wrong, and a plugin that was signed by one key before is not taken from another one without being told so.
 */
final class PluginCache {
    private final Path home;

    PluginCache(Path home) {
        this.home = home;
    }

    private Path jar(Locked plugin) {
        if (!plugin.sha256().matches("[0-9a-f]{64}")) {
            throw CommandFailure.badInput(
                    plugin.id() + ": expected a SHA-256 of 64 hexadecimal digits, given '" + plugin.sha256() + "'");
        }
        return home.resolve("cache").resolve(plugin.sha256() + ".jar");
    }

    /** The jar of a plugin, from the cache or, where there is none, from the registry. */
    Path fetch(Locked plugin, RemoteRegistry registry) {
        checkSignature(plugin);
        Path jar = jar(plugin);
        if (Files.isRegularFile(jar) && SigningKey.digest(jar).equals(plugin.sha256())) {
            checkIdentity(plugin, jar);
            return jar;
        }
        Path partial = jar.resolveSibling(UUID.randomUUID() + ".part");
        try {
            Files.createDirectories(jar.getParent());
            try {
                registry.download(
                        "/api/v1/plugins/" + RemoteRegistry.encoded(plugin.id()) + "/versions/"
                                + RemoteRegistry.encoded(plugin.version()) + "/artifact",
                        partial);
                String given = SigningKey.digest(partial);
                if (!given.equals(plugin.sha256())) {
                    throw CommandFailure.no("the jar of " + plugin.id() + " " + plugin.version()
                            + " is not what was promised: expected SHA-256 " + plugin.sha256() + ", given " + given);
                }
                checkIdentity(plugin, partial);
                Files.move(partial, jar, StandardCopyOption.ATOMIC_MOVE);
                return jar;
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the cache " + jar.getParent() + " cannot be written: " + e, e);
        }
    }

    private static void checkSignature(Locked plugin) {
        if (!SigningKey.verifies(plugin.publicKey(), plugin.sha256(), plugin.signature())) {
            throw CommandFailure.no("the signature of " + plugin.id() + " " + plugin.version()
                    + " is wrong: expected one over its SHA-256 " + plugin.sha256() + " by the key it names");
        }
    }

    /** What is signed is the jar, so the jar says what it is: one that was signed as something else is refused. */
    private static void checkIdentity(Locked plugin, Path jar) {
        String given;
        try (var file = new JarFile(jar.toFile())) {
            Attributes said = Optional.ofNullable(file.getManifest())
                    .map(Manifest::getMainAttributes)
                    .orElseGet(Attributes::new);
            given = said.getValue("Plugin-Id") + " " + said.getValue("Plugin-Version");
        } catch (IOException _) {
            given = "no jar";
        }
        String expected = plugin.id() + " " + plugin.version();
        if (!given.equals(expected)) {
            throw CommandFailure.no(
                    "the jar of " + expected + " is another plugin's: expected " + expected + ", given " + given);
        }
    }

    private Path trustedKeys() {
        return home.resolve("trusted-keys.json");
    }

    private ObjectNode keys() throws IOException {
        return Files.exists(trustedKeys())
                ? (ObjectNode) Configs.mapper().readTree(Files.readString(trustedKeys()))
                : Configs.mapper().createObjectNode();
    }

    private static ArrayNode known(ObjectNode keys, Locked plugin, RemoteRegistry registry) {
        return keys.withObjectProperty(registry.base().toString()).withArrayProperty(plugin.id());
    }

    static String fingerprint(Locked plugin) {
        try {
            return SigningKey.fingerprint(Base64.getDecoder().decode(plugin.publicKey()));
        } catch (IllegalArgumentException _) {
            throw CommandFailure.no("the signature of " + plugin.id() + " " + plugin.version()
                    + " is wrong: expected a public key in base64, given '" + plugin.publicKey() + "'");
        }
    }

    private static boolean lists(ArrayNode keys, String fingerprint) {
        return keys.valueStream().anyMatch(one -> one.asString().equals(fingerprint));
    }

    /** Refuses a plugin that was signed by other keys before, unless this one is {@code trusted}. */
    void requireTrusted(Locked plugin, RemoteRegistry registry, Optional<String> trusted) {
        String fingerprint = fingerprint(plugin);
        try {
            ArrayNode known = known(keys(), plugin, registry);
            if (!known.isEmpty() && !lists(known, fingerprint) && !trusted.equals(Optional.of(fingerprint))) {
                throw CommandFailure.no(plugin.id() + " " + plugin.version() + " is signed by another key than before:"
                        + " expected one of " + known + ", given " + fingerprint + " of " + plugin.publisher()
                        + "; --trust " + fingerprint + " accepts it");
            }
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the trusted keys " + trustedKeys() + " cannot be read: " + e, e);
        }
    }

    /** Takes the key of a plugin whose signature was checked for the plugin's own from now on. */
    void trust(Locked plugin, RemoteRegistry registry) {
        try {
            ObjectNode keys = keys();
            ArrayNode known = known(keys, plugin, registry);
            if (lists(known, fingerprint(plugin))) {
                return;
            }
            known.add(fingerprint(plugin));
            Files.createDirectories(home);
            Path partial = trustedKeys().resolveSibling(trustedKeys().getFileName() + ".part");
            Files.writeString(partial, keys.toPrettyString() + "\n");
            Files.move(partial, trustedKeys(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the trusted keys " + trustedKeys() + " cannot be kept: " + e, e);
        }
    }

    /** Puts a jar into the plugin folder in place of other versions of the same plugin. */
    Path install(Locked plugin, Path jar) {
        Path folder = home.resolve("plugins");
        Path target = folder.resolve(plugin.id() + "-" + plugin.version() + ".jar");
        try {
            Files.createDirectories(folder);
            Path partial = folder.resolve(target.getFileName() + ".part");
            Files.copy(jar, partial, StandardCopyOption.REPLACE_EXISTING);
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            try (Stream<Path> files = Files.list(folder)) {
                for (Path other : files.filter(file -> !file.equals(target)
                                && file.getFileName().toString().matches(plugin.id() + "-\\d+\\.\\d+\\.\\d+.*\\.jar"))
                        .toList()) {
                    Files.delete(other);
                }
            }
            return target;
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the plugin folder " + folder + " cannot be written: " + e, e);
        }
    }
}
