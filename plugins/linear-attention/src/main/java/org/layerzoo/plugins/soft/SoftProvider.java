package org.layerzoo.plugins.soft;

import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.map.MapProvider;
import org.layerzoo.plugins.soft.SoftConfig.Form;
import org.layerzoo.plugins.soft.SoftConfig.Middle;
import org.layerzoo.plugins.soft.check.SoftChecks;
import org.pf4j.Extension;

/** SOFT: attention under a Gaussian kernel through landmarks, without softmax. */
@Extension
public final class SoftProvider implements MapProvider<SoftConfig> {
    @Override
    public Class<SoftConfig> config() {
        return SoftConfig.class;
    }

    @Override
    public SoftConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new SoftConfig(16, 2, 4, 6, 2, 3, 20, Middle.INVERSE, new Form.Attention());
            case TEST -> new SoftConfig(32, 2, 16, 16, 4, 3, 20, Middle.INVERSE, new Form.Attention());
            case PAPER -> new SoftConfig(64, 2, 56, 56, 8, 0, 20, Middle.INVERSE, new Form.Block(256));
        };
    }

    @Override
    public Contract contract(SoftConfig c) {
        Contract fixed = MapProvider.super.contract(c);
        Contract own = c.form() instanceof Form.Block ? fixed.owningResidual() : fixed;
        return c.middle() == Middle.NORMALISED_AS_RELEASED ? own.withBatchCoupled() : own;
    }

    @Override
    public Layer build(SoftConfig c, Build build) {
        return new SoftLayer(c, build.params());
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        Form form = c.text("module").equals("SoftmaxFreeTransformer")
                ? new Form.Block(4 * c.integer("dim"))
                : new Form.Attention();
        SoftConfig config = new SoftConfig(
                c.integer("dim"),
                c.integer("num_heads"),
                c.integer("H"),
                c.integer("W"),
                c.integer("ratio"),
                c.integer("conv_size"),
                c.integer("max_iter"),
                c.flag("normalised") ? Middle.NORMALISED_AS_RELEASED : Middle.INVERSE,
                form);
        return Golden.model(this, config, c, c.params()).forward(c.in(), Call.eval());
    }

    @Override
    public List<Check> checks() {
        return SoftChecks.all();
    }
}
