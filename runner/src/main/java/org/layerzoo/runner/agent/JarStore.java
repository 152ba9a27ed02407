package org.layerzoo.runner.agent;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.layerzoo.runner.child.PluginJar;

/** Finds the jar of a digest: in the plugin folders, among those fetched before, or on the registry. */
final class JarStore {
    private final List<Path> folders;
    private final Path fetched;
    private final RegistryClient registry;
    private final Map<Path, Known> digests = new HashMap<>();

    /** The digest of a file as it was when it was read. */
    private record Known(FileTime modified, long size, String sha256) {}

    JarStore(List<Path> folders, Path fetched, RegistryClient registry) {
        this.folders = folders;
        this.fetched = fetched;
        this.registry = registry;
    }

    /**
     * The jar of a leased plugin.
     *
     * @throws RegistryException when it cannot be fetched, or what is fetched has another digest
     */
    synchronized PluginJar find(RunnerApi.LeasedPlugin plugin) throws IOException, InterruptedException {
        for (Path folder : folders) {
            for (Path jar : jars(folder)) {
                if (holds(jar, plugin.sha256())) {
                    return new PluginJar(plugin.id(), plugin.version(), jar);
                }
            }
        }
        Path jar = fetched.resolve(plugin.sha256() + ".jar");
        if (!Files.isRegularFile(jar) || !plugin.sha256().equals(sha256(jar))) {
            fetch(plugin, jar);
        }
        return new PluginJar(plugin.id(), plugin.version(), jar);
    }

    /** A file of the registry by its digest, such as weights. */
    synchronized Path file(String sha256) throws IOException, InterruptedException {
        if (!sha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("a digest must be 64 hexadecimal digits, not '" + sha256 + "'");
        }
        Path file = fetched.resolve(sha256 + ".safetensors");
        if (!Files.isRegularFile(file) || !sha256.equals(sha256(file))) {
            fetch("/api/v1/runner/files/" + sha256, sha256, "the file", file);
        }
        return file;
    }

    private void fetch(RunnerApi.LeasedPlugin plugin, Path jar) throws IOException, InterruptedException {
        fetch(plugin.artifact(), plugin.sha256(), "the jar of " + plugin.id() + " " + plugin.version(), jar);
    }

    private void fetch(String path, String sha256, String what, Path target) throws IOException, InterruptedException {
        Files.createDirectories(fetched);
        Path partial = Files.createTempFile(fetched, "fetch-", ".part");
        try {
            registry.fetch(path, partial);
            String digest = sha256(partial);
            if (!digest.equals(sha256)) {
                throw new RegistryException.Rejected(what + " has SHA-256 " + digest + ", expected " + sha256);
            }
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    private static List<Path> jars(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            // A link to nothing is left out, and so is a pipe, whose end would never come.
            return files.filter(file -> file.toString().endsWith(".jar") && Files.isRegularFile(file))
                    .sorted()
                    .toList();
        }
    }

    /** A file that cannot be read, or was removed meanwhile, is some other plugin's trouble. */
    private boolean holds(Path jar, String sha256) {
        try {
            return sha256.equals(digest(jar));
        } catch (IOException _) {
            return false;
        }
    }

    private String digest(Path jar) throws IOException {
        FileTime modified = Files.getLastModifiedTime(jar);
        long size = Files.size(jar);
        Known known = digests.get(jar);
        if (known == null || known.size != size || !known.modified.equals(modified)) {
            known = new Known(modified, size, sha256(jar));
            digests.put(jar, known);
        }
        return known.sha256;
    }

    static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
