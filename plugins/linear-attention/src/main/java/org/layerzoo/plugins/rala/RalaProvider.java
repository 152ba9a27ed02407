package org.layerzoo.plugins.rala;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.nn.map.MapProvider;
import org.layerzoo.plugins.rala.RalaConfig.Form;
import org.layerzoo.plugins.rala.check.RalaChecks;
import org.pf4j.Extension;

/** RALA: linear attention whose buffer and output have more than a low rank. */
@Extension
public final class RalaProvider implements MapProvider<RalaConfig> {
    @Override
    public Class<RalaConfig> config() {
        return RalaConfig.class;
    }

    @Override
    public RalaConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new RalaConfig(16, 2, 3, 4, new Form.Attention());
            case TEST -> new RalaConfig(32, 4, 8, 8, new Form.Attention());
            case PAPER -> new RalaConfig(64, 1, 56, 56, new Form.Block(224, 1));
        };
    }

    @Override
    public Signature signature(RalaConfig c) {
        Contract fixed = MapProvider.super.contract(c);
        Contract law = c.form() instanceof Form.Block ? fixed.owningResidual() : fixed;
        return Signature.mixer(law, EnumSet.of(Mode.SELF_NONCAUSAL, Mode.TWO_D))
                .giving(Port.aux("weights", "B H T S", "mixing matrix of each head, before convolution and gate"));
    }

    @Override
    public Layer build(RalaConfig c, Build build) {
        return new RalaLayer(c, build.params());
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), c -> RalaGolden.layer(this, c)));
    }

    @Override
    public List<Check> checks() {
        return RalaChecks.all();
    }
}
