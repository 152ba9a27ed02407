package org.layerzoo.core.spi;

import java.util.Optional;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.tensor.DType;

/** Builds models from providers. */
public final class Models {
    private Models() {}

    /** What a model is built with; the resolver finds layers for open slots. */
    public record Options(long seed, DType dtype, Optional<Resolver> resolver) {
        public static Options of(long seed) {
            return new Options(seed, DType.F32, Optional.empty());
        }

        public Options with(DType d) {
            return new Options(seed, d, resolver);
        }

        public Options with(Resolver r) {
            return new Options(seed, dtype, Optional.of(r));
        }
    }

    /** Finds what the reference in an open slot names. */
    @FunctionalInterface
    public interface Resolver {
        Choice<?> resolve(LayerRef ref);
    }

    /** @throws org.layerzoo.core.ZooException BAD_CONFIG when the configuration is out of range */
    public static <C extends Record> Model build(String id, LayerProvider<C> provider, C config, Options options) {
        Configs.validate(config);
        Draws draws = Draws.seeded(options.seed()).at("init");
        ParamTree tree = new ParamTree(draws, options.dtype());
        Layer layer = provider.build(config, new TreeBuild(tree, tree.root(), draws, 0, 1, options));
        return new Model(id, layer, tree, provider.signature(config), config);
    }

    private record TreeBuild(ParamTree tree, Params params, Draws draws, int layer, int depth, Options options)
            implements Build {
        @Override
        public DType dtype() {
            return options.dtype();
        }

        @Override
        public Params shared(String scope) {
            return tree.shared(scope);
        }

        @Override
        public Choice<?> choose(LayerRef ref) {
            return options.resolver()
                    .orElseThrow(() -> new org.layerzoo.core.ZooException(
                            org.layerzoo.core.ErrorCode.UNKNOWN_PLUGIN,
                            "an open slot asks for plugin '" + ref.id() + "', but no catalogue is at hand"))
                    .resolve(ref);
        }

        @Override
        public <C extends Record> Layer child(String name, LayerProvider<C> provider, C config) {
            return provider.build(config, at(name));
        }

        @Override
        public Build at(String prefix) {
            return new TreeBuild(tree, params.at(prefix), draws.at(prefix), layer, depth, options);
        }

        @Override
        public Build at(int l, int d) {
            return new TreeBuild(tree, params, draws, l, d, options);
        }
    }
}
