package org.layerzoo.core.plugin;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.jar.JarFile;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.spi.Cards;
import org.layerzoo.core.spi.PaperCard;
import org.layerzoo.core.spi.Provider;

/** A loaded plugin: its jar, card and providers, the main one first. */
public record Plugin(JarLayout jar, PaperCard card, List<Provider<?>> providers) {
    public String id() {
        return jar.id();
    }

    /** The provider with the empty name. */
    public Provider<?> main() {
        return providers.getFirst();
    }

    /** @throws ZooException UNKNOWN_PLUGIN if there is no provider of that name */
    public Provider<?> provider(String name) {
        return providers.stream()
                .filter(p -> p.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ZooException(
                        ErrorCode.UNKNOWN_PLUGIN,
                        "plugin " + id() + " has no provider '" + name + "': it has "
                                + providers.stream()
                                        .map(p -> p.name().isEmpty() ? "the main one" : p.name())
                                        .toList()));
    }

    /** Golden files of the jar by name. */
    public SequencedMap<String, byte[]> golden() {
        SequencedMap<String, byte[]> out = new LinkedHashMap<>();
        try (JarFile f = new JarFile(jar.file().toFile())) {
            for (var e : java.util.Collections.list(f.entries())) {
                if (!e.isDirectory() && e.getName().startsWith(JarLayout.GOLDEN)) {
                    try (InputStream in = f.getInputStream(e)) {
                        out.put(e.getName().substring(JarLayout.GOLDEN.length()), in.readAllBytes());
                    }
                }
            }
            return out;
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, "cannot read " + jar.file() + ": " + e.getMessage(), e);
        }
    }

    static PaperCard card(JarLayout layout) {
        try (JarFile f = new JarFile(layout.file().toFile());
                InputStream in = f.getInputStream(f.getEntry("card.yaml"))) {
            return Cards.read(layout.id(), new ByteArrayInputStream(in.readAllBytes()));
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, "cannot read " + layout.file() + ": " + e.getMessage(), e);
        }
    }
}
