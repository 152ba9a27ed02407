package org.layerzoo.registry.reliability;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.layerzoo.registry.JarFixture;

/** Jars that can be published again and again, each time as the next version of one of a few plugins. */
record Releases(List<Jar> jars) {
    /** Its id may be published by nobody. */
    private static final String RESERVED = "zoo-0.1.0.jar";

    /** A plugin's jar as it was packaged. */
    record Jar(String id, byte[] bytes) {}

    /** The packaged plugins of a folder, or, where none is named, two made for tests. */
    static Releases of(String folder) {
        if (folder.isEmpty()) {
            return new Releases(List.of(fixture("load-a"), fixture("load-b")));
        }
        try (var files = Files.list(Path.of(folder))) {
            List<Jar> jars = files.filter(file -> file.toString().endsWith("-0.1.0.jar"))
                    .filter(file -> !file.getFileName().toString().equals(RESERVED))
                    .sorted()
                    .map(Releases::read)
                    .toList();
            if (jars.isEmpty()) {
                throw new IllegalArgumentException("expected packaged plugins in " + folder + ", found none");
            }
            return new Releases(jars);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Jar fixture(String id) {
        return new Jar(id, JarFixture.release(id, "0.1.0").bytes());
    }

    private static Jar read(Path file) {
        try {
            return new Jar(file.getFileName().toString().replace("-0.1.0.jar", ""), Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The jar of the {@code number}-th release: plugins take turns. */
    byte[] release(int number) {
        String version = "0.2." + number / jars.size();
        var bytes = new ByteArrayOutputStream();
        try (var in = new ZipInputStream(new ByteArrayInputStream(jar(number).bytes()));
                var out = new ZipOutputStream(bytes)) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                var copy = new ZipEntry(entry.getName());
                copy.setTime(0);
                out.putNextEntry(copy);
                out.write(named(entry.getName(), in.readAllBytes(), version));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    Jar jar(int number) {
        return jars.get(number % jars.size());
    }

    private static byte[] named(String entry, byte[] content, String version) {
        String text = new String(content, StandardCharsets.UTF_8);
        return switch (entry) {
            case "META-INF/MANIFEST.MF" ->
                text.replace("Plugin-Version: 0.1.0", "Plugin-Version: " + version)
                        .getBytes(StandardCharsets.UTF_8);
            case JarFixture.METADATA ->
                text.replaceFirst("\"version\"\\s*:\\s*\"0.1.0\"", "\"version\":\"" + version + "\"")
                        .getBytes(StandardCharsets.UTF_8);
            default -> content;
        };
    }
}
