package org.layerzoo.nn.host;

import java.util.Optional;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Tensors;

/** Models that read tokens and put a mixer to use: defaults by size or one configuration for all, and random tokens to try it on. */
abstract sealed class HostProvider<C extends Record> implements LayerProvider<C>
        permits CausalLmProvider, ClassifierProvider {
    private final Optional<C> preset;

    HostProvider(Optional<C> preset) {
        this.preset = preset;
    }

    /** Numbers of a model of a size. */
    record Numbers(int vocab, int dim, int heads, int depth, int length) {}

    @Override
    public final C defaults(Size size) {
        return preset.orElseGet(() -> sized(
                switch (size) {
                    case TINY -> new Numbers(16, 8, 2, 1, 16);
                    case TEST -> new Numbers(64, 64, 4, 2, 256);
                    case PAPER -> paper();
                }));
    }

    /** Those of the largest model. */
    abstract Numbers paper();

    abstract C sized(Numbers n);

    /** Tokens are below it. */
    abstract int vocab(C config);

    @Override
    public Tensors example(C c, Scale scale, Draws draws) {
        return Tensors.of("tokens", draws.integers("example.tokens", 0, vocab(c), scale.batch(), scale.length()));
    }
}
