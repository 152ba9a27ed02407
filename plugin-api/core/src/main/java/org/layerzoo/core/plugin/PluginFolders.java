package org.layerzoo.core.plugin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/** Where plugins are looked for: the first folder that has an id wins. Broken jars are told, not fatal. */
public final class PluginFolders {
    private final List<Path> folders;

    /** What a search found: sound jars by id, and a message for each jar that was passed over. */
    public record Found(SequencedMap<String, JarLayout> plugins, List<String> problems) {}

    public PluginFolders(List<Path> folders) {
        this.folders = List.copyOf(folders);
    }

    public List<Path> folders() {
        return folders;
    }

    /** @throws ZooException if a folder exists but cannot be listed */
    public Found search() {
        SequencedMap<String, JarLayout> plugins = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        for (Path folder : folders) {
            for (Path jar : jars(folder)) {
                try {
                    JarLayout layout = JarLayout.check(jar);
                    plugins.putIfAbsent(layout.id(), layout);
                } catch (ZooException e) {
                    problems.add(e.getMessage());
                }
            }
        }
        return new Found(plugins, problems);
    }

    private static List<Path> jars(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new ZooException(
                    ErrorCode.UNREADABLE, "cannot list plugin folder " + folder + ": " + e.getMessage(), e);
        }
    }
}
