package org.layerzoo;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.core.plugin.Ref;
import org.layerzoo.core.spi.Catalog;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensors;

/** The zoo inside a program: layers by the id of their plugin. Plugins' code runs in this JVM. Close it when no layer is used any more. */
public final class Zoo implements AutoCloseable {
    private final Plugins plugins;

    private Zoo(Plugins plugins) {
        this.plugins = plugins;
    }

    /** The plugins of {@code $ZOO_HOME/plugins}, default {@code ~/.layerzoo/plugins}. */
    public static Zoo open() {
        Path home = Optional.ofNullable(System.getenv("ZOO_HOME"))
                .filter(s -> !s.isBlank())
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".layerzoo"));
        return open(home.resolve("plugins"));
    }

    /** The plugins of these folders; the first that has an id wins. */
    public static Zoo open(Path... folders) {
        return new Zoo(Plugins.in(List.of(folders)));
    }

    /** All plugins with their cards and providers. */
    public Catalog catalog() {
        return plugins;
    }

    /** Ids of the plugins. */
    public List<String> ids() {
        return plugins.ids();
    }

    /**
     * A layer with random parameters of seed 0 in F32.
     *
     * @param id plugin id, with {@code /provider} where it has several
     * @param config options over the plugin's defaults; nested ones as maps
     * @throws ZooException UNKNOWN_PLUGIN, or BAD_CONFIG with everything that is wrong with the options
     */
    public Layer layer(String id, Map<String, ?> config) {
        return model(id, config, 0, DType.F32).layer();
    }

    /** A layer in its default configuration. */
    public Layer layer(String id) {
        return layer(id, Map.of());
    }

    /** A layer with its parameter tree, of a seed and type. */
    public Model model(String id, Map<String, ?> config, long seed, DType dtype) {
        return plugins.build(new LayerRef(id, Map.copyOf(config)), seed, dtype);
    }

    /** Valid random inputs for a plugin's default configuration: batch 1 and {@code length} tokens. */
    public Tensors example(String id, int length) {
        Ref ref = Ref.parse(id);
        if (plugins.plugin(ref.id()).provider(ref.provider()) instanceof LayerProvider<?> p) {
            return example(p, length);
        }
        throw new ZooException(ErrorCode.UNSUPPORTED, "'" + id + "' is not a layer");
    }

    private static <C extends Record> Tensors example(LayerProvider<C> p, int length) {
        return p.example(
                p.atLength(p.defaults(Size.TEST), length),
                Scale.of(1, length),
                org.layerzoo.core.layer.Draws.seeded(0));
    }

    @Override
    public void close() {
        plugins.close();
    }
}
