package org.layerzoo.runner.agent;

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
import org.layerzoo.testkit.Describe;

/** A plugin "doubler" of one layer, x [B, T, 4] -> y = 2 x, compiled and packed as the build does it. */
final class DoublerJar {
    private static final String CODE = """
            package doubler;

            import java.util.EnumSet;
            import org.layerzoo.core.layer.Layer;
            import org.layerzoo.core.spi.*;
            import org.layerzoo.core.tensor.Tensors;
            import org.pf4j.Extension;

            @Extension
            public final class Doubler implements LayerProvider<Doubler.Config> {
                public record Config(String text) {}

                public Class<Config> config() {
                    return Config.class;
                }

                public Config defaults(Size size) {
                    return new Config("plain");
                }

                public Signature signature(Config c) {
                    return Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.SELF_NONCAUSAL));
                }

                public int axisSize(Config c, String axis) {
                    return 4;
                }

                public Layer build(Config c, Build build) {
                    return (in, call) -> Tensors.of("y", in.get("x").mul(2));
                }
            }
            """;
    private static final String CARD = """
            title: Doubler
            year: 2026
            fidelity: paper
            family: analysis
            kind: mixer
            modes: [self-noncausal]
            summary: Twice its input.
            mechanism: none
            complexity: {time: T, memory: T, state: none}
            claims: []
            """;

    private DoublerJar() {}

    /** Writes doubler-0.1.0.jar into the folder. */
    static Path write(Path folder) throws IOException {
        Path classes = compile(Files.createDirectories(folder.resolve("classes")));
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("META-INF/extensions.idx", "doubler.Doubler\n".getBytes(StandardCharsets.UTF_8));
        entries.put("card.yaml", CARD.getBytes(StandardCharsets.UTF_8));
        try (Stream<Path> compiled = Files.walk(classes)) {
            for (Path file : compiled.filter(Files::isRegularFile).toList()) {
                entries.put(classes.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        Path jar = folder.resolve("doubler-0.1.0.jar");
        pack(jar, entries);
        entries.put(
                JarLayout.DESCRIPTION,
                Configs.mapper().writeValueAsBytes(Describe.of(Plugins.loadAlone(JarLayout.checkUndescribed(jar)))));
        pack(jar, entries);
        return jar;
    }

    private static Path compile(Path classes) throws IOException {
        Path source = Files.writeString(classes.resolve("Doubler.java"), CODE);
        StringWriter said = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        List<String> options =
                List.of("-proc:none", "-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
        try (var files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            var units = files.getJavaFileObjects(source);
            if (!compiler.getTask(said, files, null, options, null, units).call()) {
                throw new IllegalStateException(said.toString());
            }
        }
        Files.delete(source);
        return classes;
    }

    private static void pack(Path jar, Map<String, byte[]> entries) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Plugin-Id", "doubler");
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
