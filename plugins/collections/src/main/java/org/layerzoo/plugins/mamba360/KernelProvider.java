package org.layerzoo.plugins.mamba360;

import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.nn.ssm.SsmLayer;

/** A reference kernel with the options that S4D, S5 and S6 share; each says what its kernel is. */
abstract class KernelProvider implements LayerProvider<SsmConfig> {
    private final String name;
    private final int testStates;
    private final int paperStates;
    private final String state;

    /** @param testStates N at TEST size, {@code paperStates} at PAPER size @param state axes of what a stream keeps */
    KernelProvider(String name, int testStates, int paperStates, String state) {
        this.name = name;
        this.testStates = testStates;
        this.paperStates = paperStates;
        this.state = state;
    }

    /** The causal kernel, its parameters at {@code p}. */
    abstract SsmLayer kernel(SsmConfig c, Params p);

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final Class<SsmConfig> config() {
        return SsmConfig.class;
    }

    @Override
    public final SsmConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new SsmConfig(4, 4, Direction.CAUSAL);
            case TEST -> new SsmConfig(32, testStates, Direction.CAUSAL);
            case PAPER -> new SsmConfig(256, paperStates, Direction.CAUSAL);
        };
    }

    @Override
    public final Signature signature(SsmConfig c) {
        return Kernels.signature(c.direction(), state);
    }

    @Override
    public final Layer build(SsmConfig c, Build build) {
        return Kernels.directed(kernel(c, build.params()), c.direction());
    }
}
