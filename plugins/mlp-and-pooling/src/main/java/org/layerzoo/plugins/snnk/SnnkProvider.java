package org.layerzoo.plugins.snnk;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.plugins.snnk.SnnkConfig.Form;
import org.layerzoo.plugins.snnk.SnnkConfig.Kernel;
import org.layerzoo.plugins.snnk.check.SnnkChecks;
import org.pf4j.Extension;

/** Scalable neural network kernels: a dense layer as a product of random features of input and parameters. */
@Extension
public final class SnnkProvider implements LayerProvider<SnnkConfig> {
    @Override
    public Class<SnnkConfig> config() {
        return SnnkConfig.class;
    }

    @Override
    public SnnkConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new SnnkConfig(8, 6, new Kernel.Relu(), new Form.Direct(8), true);
            case TEST -> new SnnkConfig(64, 32, new Kernel.Relu(), new Form.Direct(64), true);
            case PAPER -> new SnnkConfig(768, 16, new Kernel.Relu(), new Form.Direct(768), true);
        };
    }

    @Override
    public Signature signature(SnnkConfig c) {
        boolean adapter = c.form() instanceof Form.Adapter;
        Contract contract = adapter ? Contract.bidirectional().owningResidual() : Contract.bidirectional();
        String axes = c.outputs() == c.dim() ? "B T D" : "B T L";
        return new Signature(
                List.of(Port.in("x", "B T D", "tokens")),
                List.of(Port.out("y", axes, "outputs of the layer at each token")),
                List.of(),
                EnumSet.of(Mode.SELF_NONCAUSAL),
                contract);
    }

    @Override
    public Layer build(SnnkConfig c, Build build) {
        return new SnnkLayer(c, build.params(), build.dtype());
    }

    @Override
    public List<Check> checks() {
        return SnnkChecks.all();
    }
}
