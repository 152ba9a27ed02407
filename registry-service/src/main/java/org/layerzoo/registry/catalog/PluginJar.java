package org.layerzoo.registry.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.catalog.CatalogException.Reason;

/**
 * What is read of a jar: its description, its card and the digests of its entries. No class of it is ever loaded.
 *
 * @param sha256 digest of the whole file
 * @param size bytes of the whole file
 * @param metadata the checked {@code META-INF/layerzoo/plugin.json}
 * @param card the checked {@code card.yaml}
 */
public record PluginJar(String sha256, long size, PluginMetadata metadata, PaperCard card) {
    static final String METADATA = "META-INF/layerzoo/plugin.json";
    static final String CARD = "card.yaml";
    private static final String API = "org/layerzoo/core/";
    private static final String MANIFEST = "META-INF/MANIFEST.MF";
    private static final int MAX_METADATA = 16 << 20;
    private static final int MAX_CARD = 1 << 20;
    private static final int MAX_ENTRIES = 20_000;
    private static final long MAX_FILE = 1L << 30;
    private static final long MAX_UNPACKED = 2L << 30;

    /** Reads and checks a jar. */
    public static PluginJar read(Path file) throws CatalogException {
        // Reading a pipe or a device might never end.
        if (!Files.isRegularFile(file)) {
            String found = Files.isDirectory(file) ? "a folder" : "something else";
            throw new CatalogException(Reason.JAR_UNREADABLE, "expected a regular file, found " + found);
        }
        try {
            long size = Files.size(file);
            if (size > MAX_FILE) {
                throw new CatalogException(
                        Reason.JAR_TOO_LARGE, "expected at most " + MAX_FILE + " bytes, found " + size);
            }
            String sha256 = digest(Files.newInputStream(file), MAX_FILE);
            try (var zip = new ZipFile(file.toFile())) {
                PluginMetadata metadata = PluginMetadata.parse(text(zip, METADATA, MAX_METADATA));
                checkEntries(zip, metadata.entries());
                PaperCard card = PaperCard.parse(text(zip, CARD, MAX_CARD));
                return new PluginJar(sha256, size, metadata, card);
            }
        } catch (ZipException | IllegalArgumentException e) {
            throw new CatalogException(Reason.JAR_CORRUPT, "expected a whole zip archive: " + e.getMessage());
        } catch (IOException e) {
            throw new CatalogException(Reason.JAR_UNREADABLE, String.valueOf(e.getMessage()));
        }
    }

    /** A local jar is told apart by its content: {@code 0.1.0+local.1a2b3c4d}. */
    public String version() {
        return metadata.version() + "+local." + sha256.substring(0, 8);
    }

    private static String text(ZipFile zip, String name, int limit) throws IOException, CatalogException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new CatalogException(Reason.METADATA_MISSING, "expected an entry " + name + ", found none");
        }
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readNBytes(limit + 1);
            if (bytes.length > limit) {
                throw new CatalogException(
                        Reason.JAR_TOO_LARGE, name + ": expected at most " + limit + " bytes, found more");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** What the runner will refuse to load is refused here already. */
    private static void checkNames(ZipFile zip) throws CatalogException {
        for (var entries = zip.entries(); entries.hasMoreElements(); ) {
            String name = entries.nextElement().getName();
            if (name.startsWith("/")
                    || name.contains("\\")
                    || List.of(name.split("/")).contains("..")) {
                throw new CatalogException(
                        Reason.ENTRY_FORBIDDEN, "expected entries inside the jar, found '" + name + "'");
            }
            if (name.startsWith(API)) {
                throw new CatalogException(
                        Reason.ENTRY_FORBIDDEN, "expected no class of the plugin API, found '" + name + "'");
            }
        }
    }

    private static void checkEntries(ZipFile zip, Map<String, String> expected) throws IOException, CatalogException {
        checkNames(zip);
        List<String> wrong = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        long left = MAX_UNPACKED;
        if (zip.size() > MAX_ENTRIES) {
            throw new CatalogException(
                    Reason.JAR_TOO_LARGE, "expected at most " + MAX_ENTRIES + " entries, found " + zip.size());
        }
        for (var entries = zip.entries(); entries.hasMoreElements(); ) {
            ZipEntry entry = entries.nextElement();
            String name = entry.getName();
            if (entry.isDirectory() || name.equals(MANIFEST) || name.equals(METADATA)) {
                continue;
            }
            if (!seen.add(name)) {
                wrong.add(name + " (occurs twice)");
                continue;
            }
            String listed = expected.get(name);
            if (listed == null) {
                wrong.add(name + " (not listed)");
                continue;
            }
            if (!digest(zip.getInputStream(entry), left).equalsIgnoreCase(listed)) {
                wrong.add(name + " (content differs)");
            }
            left -= Math.max(0, entry.getSize());
        }
        expected.keySet().stream().filter(name -> !seen.contains(name)).forEach(name -> wrong.add(name + " (missing)"));
        if (!wrong.isEmpty()) {
            String first = String.join(", ", wrong.subList(0, Math.min(5, wrong.size())));
            throw new CatalogException(
                    Reason.DIGEST_MISMATCH,
                    "expected the entries that " + METADATA + " lists with their SHA-256, found " + wrong.size()
                            + " otherwise: " + first);
        }
    }

    private static String digest(InputStream stream, long limit) throws IOException, CatalogException {
        try (var in = new DigestInputStream(stream, Digests.sha256())) {
            byte[] buffer = new byte[1 << 16];
            long total = 0;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                total += n;
                if (total > limit) {
                    throw new CatalogException(
                            Reason.JAR_TOO_LARGE, "expected at most " + MAX_UNPACKED + " bytes unpacked, found more");
                }
            }
            in.transferTo(OutputStream.nullOutputStream());
            return Digests.hex(in.getMessageDigest());
        }
    }
}
