package org.layerzoo.registry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Plugin jars as the packager writes them, with the description of a small mixer. Its class file is no class at all: a service that loaded
 * it would fail.
 */
public final class JarFixture {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    public static final String METADATA = "META-INF/layerzoo/plugin.json";

    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final Map<String, byte[]> content = new TreeMap<>();
    private final Map<String, byte[]> unlisted = new TreeMap<>();
    private final List<Map<String, Object>> providers = new ArrayList<>();
    private final Map<String, String> manifest = new TreeMap<>();

    private JarFixture(String id) {
        metadata.putAll(Map.of("format", 1, "id", id, "version", "0.1.0", "spi", "0.1", "requires", "[0.1,0.2)"));
        metadata.putAll(
                Map.of("title", "Paper of " + id, "year", 2023, "arxiv", "2312.00752", "family", "recurrent-and-ssm"));
        metadata.putAll(Map.of("kind", "mixer", "fidelity", "reference", "license", "Apache-2.0"));
        metadata.put("summary", "A small mixer named " + id + ".");
        metadata.put("code", List.of("https://example.org/" + id));
        metadata.put("modes", List.of("self-causal", "streaming"));
        metadata.put("backends", List.of("cpu-vector", "reference"));
        metadata.put("claims", List.of(Map.of("id", "claim-1", "text", "linear in length", "paper", "1.0")));
        metadata.put("checks", List.of("check-1: equals the recurrence"));
        metadata.put("golden", List.of("layer-t21-n16"));
        metadata.put("providers", providers);
        provider("", "layer", true);
        content.put("org/example/Layer.class", "no class".getBytes(StandardCharsets.UTF_8));
        card("""
                title: Paper of %s
                authors: [Ada Lovelace, Alan Turing]
                year: 2023
                summary: A small mixer named %s.
                mechanism: |
                  The state is $h_t = a_t h_{t-1} + b_t x_t$.
                complexity: {time: B T E N, memory: B T E, state: B E N}
                claims:
                  - {id: claim-1, text: linear in length, paper: "1.0"}
                """.formatted(id, id));
    }

    public static JarFixture of(String id) {
        return new JarFixture(id);
    }

    public JarFixture with(String field, Object value) {
        metadata.put(field, value);
        return this;
    }

    public JarFixture without(String field) {
        metadata.remove(field);
        return this;
    }

    /** A jar that may be published: a real class, and the manifest that PF4J reads. */
    public static JarFixture release(String id, String version) {
        JarFixture jar = new JarFixture(id).with("version", version);
        jar.content.remove("org/example/Layer.class");
        jar.manifest("Plugin-Id", id).manifest("Plugin-Version", version).manifest("Plugin-License", "Apache-2.0");
        jar.manifest("Plugin-Class", "org.pf4j.Plugin").manifest("Plugin-Requires", ">=0.1.0 & <0.2.0");
        return jar.ofClass("org/example/Layer");
    }

    public JarFixture ofClass(String name) {
        return entry(name + ".class", classNamed(name));
    }

    /** An empty class of a name. */
    public static byte[] classNamed(String internalName) {
        var name = java.lang.constant.ClassDesc.ofInternalName(internalName);
        return java.lang.classfile.ClassFile.of().build(name, builder -> {});
    }

    public JarFixture manifest(String name, String value) {
        manifest.put(name, value);
        return this;
    }

    public JarFixture withoutManifest(String name) {
        manifest.remove(name);
        return this;
    }

    private byte[] manifestText() {
        var text = new StringBuilder("Manifest-Version: 1.0\r\n");
        manifest.forEach(
                (name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
        return text.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    public JarFixture provider(String name, String kind, boolean matrix) {
        var provider = new LinkedHashMap<String, Object>();
        provider.put("name", name);
        provider.put("kind", kind);
        provider.put("class", "org.example.Provider");
        var properties = new LinkedHashMap<String, Object>();
        properties.put("state", Map.of("type", "integer", "default", 16, "minimum", 1));
        properties.put("dModel", Map.of("type", "integer", "default", 64, "minimum", 1));
        provider.put("configSchema", Map.of("type", "object", "properties", properties));
        provider.put("defaults", Map.of("tiny", Map.of("state", 4), "test", Map.of("state", 16)));
        provider.put("roles", Map.of("dim", "dModel"));
        provider.put("modes", List.of("self-causal"));
        provider.put("parameters", List.of(Map.of("path", "in_proj.weight", "shape", List.of(64, 16), "dtype", "F32")));
        provider.put("parameterCount", 1024);
        provider.put("complexity", Map.of("time", "B T E N", "memory", "B T E", "state", "B E N"));
        provider.put("matrix", matrix);
        providers.removeIf(other -> other.get("name").equals(name));
        providers.add(provider);
        return this;
    }

    public JarFixture card(String yaml) {
        return entry("card.yaml", yaml);
    }

    public JarFixture entry(String name, String text) {
        return entry(name, text.getBytes(StandardCharsets.UTF_8));
    }

    public JarFixture entry(String name, byte[] bytes) {
        content.put(name, bytes);
        return this;
    }

    public JarFixture removed(String name) {
        content.remove(name);
        return this;
    }

    /** An entry that the description does not list. */
    public JarFixture smuggled(String name) {
        unlisted.put(name, new byte[] {1, 2, 3});
        return this;
    }

    public byte[] bytes() {
        if (!metadata.containsKey("entries")) {
            var digests = new TreeMap<String, String>();
            content.forEach((name, bytes) -> digests.put(name, Digests.sha256(bytes)));
            metadata.put("entries", digests);
        }
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            write(zip, "META-INF/MANIFEST.MF", manifestText());
            write(zip, METADATA, JSON.writeValueAsBytes(metadata));
            var all = new TreeMap<>(content);
            all.putAll(unlisted);
            for (var entry : all.entrySet()) {
                write(zip, entry.getKey(), entry.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        var entry = new ZipEntry(name);
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(bytes);
    }

    /** Puts the jar into a folder at once, as a build does, and answers its SHA-256. */
    public String into(Path folder, String name) {
        byte[] bytes = bytes();
        try {
            Files.createDirectories(folder);
            Path partial = Files.write(folder.resolve(name + ".part"), bytes);
            Files.move(
                    partial, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            return Digests.sha256(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
