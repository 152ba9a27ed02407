package org.layerzoo.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.JsonNode;

/** The command line in this process, with the plugins of the build and a home of its own. */
record Cli(Path home, List<Path> plugins) {
    /** What a command said. */
    record Said(int exit, String out, String err) {
        JsonNode json() {
            return Configs.mapper().readTree(out);
        }

        /** The last line on stderr, which names what was wrong. */
        String error() {
            return err.lines().reduce((a, b) -> b).orElse("");
        }
    }

    static Path built() {
        return Path.of(System.getProperty("zoo.test.plugins"));
    }

    static Cli in(Path home, Path... morePlugins) {
        List<Path> folders = new ArrayList<>(List.of(morePlugins));
        folders.add(built());
        return new Cli(home, folders);
    }

    Said run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        plugins.forEach(p -> all.addAll(List.of("--plugins", p.toString())));
        return bare(all.toArray(String[]::new));
    }

    Said bare(String... arguments) {
        System.setProperty("zoo.home", home.toString());
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Said(exit, out.toString(), err.toString());
    }

    /** A golden file of a built plugin, copied into a folder. */
    static Path golden(String id, String name, Path folder) throws IOException {
        try (JarFile jar = new JarFile(jar(id).toFile())) {
            JarEntry entry = jar.getJarEntry("META-INF/layerzoo/golden/" + name);
            Path file = folder.resolve(name);
            try (InputStream in = jar.getInputStream(entry)) {
                Files.write(file, in.readAllBytes());
            }
            return file;
        }
    }

    static Path jar(String id) throws IOException {
        try (var files = Files.list(built())) {
            return files.filter(f -> f.getFileName().toString().matches(id + "-\\d+\\.\\d.*\\.jar"))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
