package org.layerzoo.maven;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a paper's jar so that the same input gives the same bytes on every machine: sorted entries, one timestamp without a time zone,
 * no compression (deflate differs between zlib builds).
 */
final class PluginJar {
    static final String MANIFEST = "META-INF/MANIFEST.MF";
    static final String INDEX = "META-INF/extensions.idx";
    static final String GOLDEN = "META-INF/layerzoo/golden/";
    static final String KERNELS = "META-INF/layerzoo/kernels/";
    static final String DESCRIPTION = "META-INF/layerzoo/plugin.json";
    static final String PROPERTIES = "plugin.properties";

    // The first of January stands for "unknown" in ZipEntry and adds a field that depends on the time zone.
    private static final LocalDateTime TIMESTAMP = LocalDateTime.of(1980, 2, 1, 0, 0);

    private final Paper paper;
    private final SpiRange spi;

    PluginJar(Paper paper, SpiRange spi) {
        this.paper = paper;
        this.spi = spi;
    }

    /** Writes the jar without plugin.json; the file appears complete or not at all. */
    void write(Path jar) {
        write(jar, new TreeMap<>());
    }

    /** Writes the jar with the plugin.json that was made from the jar without it. */
    void write(Path jar, byte[] description) {
        SortedMap<String, byte[]> extra = new TreeMap<>();
        extra.put(DESCRIPTION, description);
        write(jar, extra);
    }

    private void write(Path jar, SortedMap<String, byte[]> extra) {
        try {
            SortedMap<String, byte[]> entries = new TreeMap<>(extra);
            for (Map.Entry<String, Path> file : paper.files().entrySet()) {
                entries.put(file.getKey(), Files.readAllBytes(file.getValue()));
            }
            entries.put(INDEX, index());
            entries.put(PROPERTIES, properties());
            Files.createDirectories(jar.getParent());
            Path partial = jar.resolveSibling(jar.getFileName() + ".part");
            try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(partial))) {
                put(zip, MANIFEST, manifest()); // first, where jar readers look for it
                for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                    put(zip, entry.getKey(), entry.getValue());
                }
            }
            Files.move(partial, jar, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + jar + ": " + e.getMessage(), e);
        }
    }

    private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(TIMESTAMP);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCompressedSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    private byte[] manifest() throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        Map<String, String> facts = facts();
        facts.forEach((key, value) -> attributes.putValue(manifestName(key), value));
        OutputStream out = new ByteArrayOutputStream();
        manifest.write(out);
        return ((ByteArrayOutputStream) out).toByteArray();
    }

    private static String manifestName(String property) {
        String word = property.substring("plugin.".length());
        return "Plugin-" + Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }

    private byte[] properties() {
        // java.util.Properties would add the date, so the lines are written here.
        SortedMap<String, String> lines = new TreeMap<>(paper.properties());
        lines.putAll(facts());
        StringBuilder text = new StringBuilder();
        lines.forEach((key, value) ->
                text.append(key).append('=').append(escape(value)).append('\n'));
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String escape(String value) {
        StringBuilder text = new StringBuilder();
        for (char c : value.toCharArray()) {
            if (c == '\\') {
                text.append("\\\\");
            } else if (c < ' ' || c > '~') {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    private SortedMap<String, String> facts() {
        SortedMap<String, String> facts = new TreeMap<>();
        facts.put("plugin.id", paper.slug());
        facts.put("plugin.version", paper.version());
        facts.put("plugin.class", paper.pluginClass());
        facts.put("plugin.requires", spi.pf4j());
        facts.put("plugin.provider", paper.properties().getOrDefault("plugin.provider", "LayerZoo"));
        facts.put("plugin.license", paper.properties().getOrDefault("plugin.license", "Apache-2.0"));
        return facts;
    }

    private byte[] index() {
        StringBuilder text = new StringBuilder();
        paper.extensions().forEach(name -> text.append(name).append('\n'));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
