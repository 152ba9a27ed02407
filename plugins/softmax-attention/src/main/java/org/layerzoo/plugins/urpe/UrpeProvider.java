package org.layerzoo.plugins.urpe;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.plugins.urpe.UrpeConfig.Offsets;
import org.layerzoo.plugins.urpe.check.UrpeChecks;
import org.pf4j.Extension;

/** URPE: softmax attention whose weights are multiplied by a learned Toeplitz matrix. */
@Extension
public final class UrpeProvider implements LayerProvider<UrpeConfig> {
    @Override
    public Class<UrpeConfig> config() {
        return UrpeConfig.class;
    }

    @Override
    public UrpeConfig defaults(Size size) {
        return switch (size) {
            case TINY -> of(8, 2, 32, new Offsets.Unique());
            case TEST -> of(64, 4, 256, new Offsets.Unique());
            case PAPER -> of(768, 12, 512, new Offsets.Buckets(64, 128));
        };
    }

    private static UrpeConfig of(int dim, int heads, int maxLength, Offsets offsets) {
        return new UrpeConfig(dim, heads, maxLength, false, true, true, offsets, offsets, true, 0);
    }

    @Override
    public Signature signature(UrpeConfig c) {
        Contract contract =
                c.causal() ? Contract.bidirectional().with(Contract.Causality.EXACT) : Contract.bidirectional();
        return Signature.mixer(contract, EnumSet.of(c.causal() ? Mode.SELF_CAUSAL : Mode.SELF_NONCAUSAL))
                .with(Port.optional("memory", "B M D", "tokens before x that are keys and values only"))
                .with(Port.optional("key_mask", "B S", "true where a key exists")
                        .as(DType.BOOL))
                .giving(Port.aux("weights", "B H T S", "A (.) C"));
    }

    @Override
    public Layer build(UrpeConfig c, Build build) {
        Params tables = c.shared() ? build.shared("urpe") : build.params();
        return new UrpeLayer(c, build.params(), tables);
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(new UrpeGolden(this));
    }

    @Override
    public List<Check> checks() {
        return UrpeChecks.all();
    }
}
