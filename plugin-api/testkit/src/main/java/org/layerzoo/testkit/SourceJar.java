package org.layerzoo.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.plugin.JarLayout;
import org.layerzoo.core.plugin.Plugins;

/**
 * A plugin of one extension, compiled against this JVM's class path and packed as the build packs plugins: for tests of what loads, runs or
 * refuses them. Version 0.1.0.
 *
 * @param id of the plugin
 * @param extension full name of the class
 * @param source of that class
 * @param card text of card.yaml
 */
public record SourceJar(String id, String extension, String source, String card) {
    /** With a card of a mixer that looks both ways. */
    public static SourceJar mixer(String id, String extension, String source, String title, String summary) {
        return new SourceJar(id, extension, source, """
                title: %s
                year: 2026
                fidelity: paper
                family: analysis
                kind: mixer
                modes: [self-noncausal]
                summary: %s
                mechanism: none
                complexity: {time: T, memory: T, state: none}
                claims: []
                """.formatted(title, summary));
    }

    /** Writes {@code id-0.1.0.jar} into the folder. @throws IllegalStateException with the compiler's words if it refuses the source */
    public Path write(Path folder) throws IOException {
        Path classes = Files.createTempDirectory(Files.createDirectories(folder), "classes");
        compile(classes);
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("META-INF/extensions.idx", (extension + "\n").getBytes(StandardCharsets.UTF_8));
        entries.put("card.yaml", card.getBytes(StandardCharsets.UTF_8));
        try (Stream<Path> compiled = Files.walk(classes)) {
            for (Path file : compiled.filter(Files::isRegularFile).toList()) {
                entries.put(classes.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        Path jar = folder.resolve(id + "-0.1.0.jar");
        pack(jar, entries);
        entries.put(
                JarLayout.DESCRIPTION,
                Configs.mapper().writeValueAsBytes(Describe.of(Plugins.loadAlone(JarLayout.checkUndescribed(jar)))));
        pack(jar, entries);
        return jar;
    }

    private void compile(Path classes) throws IOException {
        String simple = extension.substring(extension.lastIndexOf('.') + 1);
        Path file = Files.writeString(classes.resolve(simple + ".java"), source);
        StringWriter said = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        List<String> options =
                List.of("-proc:none", "-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
        try (var files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            var units = files.getJavaFileObjects(file);
            if (!compiler.getTask(said, files, null, options, null, units).call()) {
                throw new IllegalStateException(said.toString());
            }
        }
        Files.delete(file);
    }

    private void pack(Path jar, Map<String, byte[]> entries) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Plugin-Id", id);
        manifest.getMainAttributes().putValue("Plugin-Version", "0.1.0");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            for (var e : entries.entrySet()) {
                out.putNextEntry(new JarEntry(e.getKey()));
                out.write(e.getValue());
                out.closeEntry();
            }
        }
    }
}
