package org.layerzoo.core.spi;

import java.util.Optional;
import org.layerzoo.core.Stable;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.tensor.Tensors;

/** Mixers, channel mixers, encodings, token reducers, blocks and models. */
@Stable(since = "0.1")
public non-sealed interface LayerProvider<C extends Record> extends Provider<C> {
    /** Checked, listed and tested without building anything. */
    Signature signature(C config);

    /** Creates the layer: declares its parameters through {@code build} and wires them. */
    Layer build(C config, Build build);

    /**
     * Valid inputs of the asked size, from which run, bench, verify and matrix start. The default draws normal values for
     * every required port whose axes are B, T and fixed sizes or named in {@link #axisSize}.
     */
    default Tensors example(C config, Scale scale, Draws draws) {
        return Examples.draw(signature(config), scale, draws, axis -> axisSize(config, axis));
    }

    /** Size of a named axis under a configuration (D, H, d, ...); B and T come from the scale. */
    default int axisSize(C config, String axis) {
        return Examples.roleSize(config, axis);
    }

    /** The configuration that works at this token count: fixed-length layers and grids answer with their own sizes set. */
    default C atLength(C config, int length) {
        return config;
    }

    /** The mixing alone, for layers that project first; a layer that takes q, k and v is its own core and need not answer. */
    default Optional<Core> core(C config) {
        return Optional.empty();
    }
}
