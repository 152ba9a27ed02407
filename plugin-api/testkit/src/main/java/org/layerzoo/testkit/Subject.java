package org.layerzoo.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.plugin.Plugin;
import org.layerzoo.core.spi.PaperCard;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.testkit.golden.GoldenFile;

/**
 * What the conformance suite looks at: a plugin's card, its providers (main one first) and its golden files.
 *
 * @param version as shown to users
 */
public record Subject(String id, String version, PaperCard card, List<Provider<?>> providers, List<GoldenFile> golden) {
    /** A loaded plugin with the golden files of its jar. */
    public static Subject of(Plugin p) {
        List<GoldenFile> files = new ArrayList<>();
        p.golden().forEach((name, bytes) -> files.add(GoldenFile.parse(name, bytes)));
        return new Subject(p.id(), p.jar().shownVersion(), p.card(), p.providers(), files);
    }

    /** The same plugin with the files of {@code folder/<id>/} in place of its own; one that cannot be read is a failed case. */
    public Subject withGolden(Path folder) {
        return new Subject(
                id,
                version,
                card,
                providers,
                GoldenFile.list(folder, id).values().stream()
                        .map(GoldenFile::readOrUnusable)
                        .toList());
    }
}
