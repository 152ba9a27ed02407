package org.layerzoo.core.plugin;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.Spi;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.spi.Catalog;
import org.layerzoo.core.spi.Choice;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.PaperCard;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.core.tensor.DType;
import org.pf4j.JarPluginManager;
import org.pf4j.PluginRuntimeException;
import org.pf4j.PluginState;

/** The plugins of the given folders, each loaded by PF4J when it is first asked for. */
public final class Plugins implements Catalog, AutoCloseable {
    private final PluginFolders.Found found;
    private final List<Path> folders;
    private final JarPluginManager manager;
    private final Map<String, Plugin> loaded = new LinkedHashMap<>();

    private Plugins(PluginFolders folders) {
        this(folders.folders(), folders.search());
    }

    private Plugins(List<Path> folders, PluginFolders.Found found) {
        this.folders = folders;
        this.found = found;
        this.manager = new JarPluginManager(folders.toArray(Path[]::new));
        manager.setSystemVersion(Spi.VERSION);
    }

    public static Plugins in(List<Path> folders) {
        return new Plugins(new PluginFolders(folders));
    }

    /**
     * Chosen jars; the first that has an id wins.
     *
     * @throws ZooException BAD_PLUGIN if one of them is broken
     */
    public static Plugins of(List<Path> jars) {
        SequencedMap<String, JarLayout> sound = new LinkedHashMap<>();
        jars.stream().map(JarLayout::check).forEach(jar -> sound.putIfAbsent(jar.id(), jar));
        return new Plugins(jars, new PluginFolders.Found(sound, List.of()));
    }

    @Override
    public List<String> ids() {
        return List.copyOf(found.plugins().keySet());
    }

    /** The jars found, by id, not loaded. */
    public SequencedMap<String, JarLayout> jars() {
        return found.plugins();
    }

    /** One message for each jar that was passed over. */
    public List<String> problems() {
        return found.problems();
    }

    /**
     * Loads a plugin.
     *
     * @throws ZooException UNKNOWN_PLUGIN with close names; BAD_PLUGIN if its code does not load
     */
    public synchronized Plugin plugin(String id) {
        Plugin p = loaded.get(id);
        if (p == null) {
            p = load(jar(id));
            loaded.put(id, p);
        }
        return p;
    }

    /**
     * The jar of a plugin, not loaded.
     *
     * @throws ZooException UNKNOWN_PLUGIN with a close name or the folders that were searched
     */
    public JarLayout jar(String id) {
        JarLayout layout = found.plugins().get(id);
        if (layout == null) {
            throw new ZooException(
                    ErrorCode.UNKNOWN_PLUGIN,
                    "unknown plugin '" + id + "'"
                            + closest(id)
                                    .map(c -> ": did you mean '" + c + "'?")
                                    .orElse(": none of " + ids().size() + " in " + folders + " has that id"));
        }
        return layout;
    }

    private Plugin load(JarLayout layout) {
        try {
            String id = manager.loadPlugin(layout.file());
            if (manager.startPlugin(id) != PluginState.STARTED) {
                throw new ZooException(
                        ErrorCode.BAD_PLUGIN, layout.file() + ": plugin " + id + " does not run on SPI " + Spi.VERSION);
            }
            List<Provider<?>> providers = new ArrayList<>();
            for (Provider<?> p : manager.getExtensions(Provider.class, id)) {
                providers.add(p);
            }
            providers.sort(Comparator.comparing(Provider::name));
            if (providers.isEmpty()
                    || !providers.getFirst().name().isEmpty()
                    || (providers.size() > 1 && providers.get(1).name().isEmpty())) {
                throw new ZooException(
                        ErrorCode.BAD_PLUGIN,
                        layout.file() + ": exactly one provider with the empty name expected, given "
                                + providers.stream().map(Provider::name).toList());
            }
            return new Plugin(layout, Plugin.card(layout), List.copyOf(providers));
        } catch (PluginRuntimeException | LinkageError e) {
            throw new ZooException(
                    ErrorCode.BAD_PLUGIN, layout.file() + ": its code does not load: " + e.getMessage(), e);
        }
    }

    /** Loads a single jar that need not be described yet, as the packager does. */
    public static Plugin loadAlone(JarLayout layout) {
        Plugins none = new Plugins(new PluginFolders(List.of()));
        return none.load(layout);
    }

    @Override
    public Optional<Provider<?>> find(String ref) {
        Ref r = Ref.parse(ref);
        return found.plugins().containsKey(r.id())
                ? Optional.of(plugin(r.id()).provider(r.provider()))
                : Optional.empty();
    }

    @Override
    public Optional<PaperCard> card(String id) {
        return found.plugins().containsKey(id) ? Optional.of(plugin(id).card()) : Optional.empty();
    }

    @Override
    public Model build(LayerRef ref, long seed, DType dtype) {
        return build(choose(ref), options(seed, dtype));
    }

    private static <C extends Record> Model build(Choice<C> c, Models.Options options) {
        return Models.build(c.ref().id(), c.provider(), c.config(), options);
    }

    /** Options with this catalogue behind open slots. */
    public Models.Options options(long seed, DType dtype) {
        return Models.Options.of(seed).with(dtype).with(this::choose);
    }

    private Choice<?> choose(LayerRef ref) {
        Ref r = Ref.parse(ref.id());
        if (!(plugin(r.id()).provider(r.provider()) instanceof LayerProvider<?> l)) {
            throw new ZooException(ErrorCode.UNSUPPORTED, "'" + ref.id() + "' is not a layer");
        }
        return Choice.of(l, ref);
    }

    private Optional<String> closest(String id) {
        return ids().stream()
                .filter(c -> distance(c, id) <= Math.max(2, id.length() / 4))
                .min(Comparator.comparingInt(c -> distance(c, id)));
    }

    /** Levenshtein distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                row[j] = Math.min(
                        Math.min(row[j], row[j - 1]) + 1, diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.length()];
    }

    @Override
    public void close() {
        // One by one: stopPlugins() of PF4J changes the list that it walks.
        List.copyOf(manager.getPlugins()).forEach(p -> manager.unloadPlugin(p.getPluginId()));
    }
}
