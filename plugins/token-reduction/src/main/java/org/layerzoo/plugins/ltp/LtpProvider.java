package org.layerzoo.plugins.ltp;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.plugins.ltp.LtpConfig.Pruning;
import org.layerzoo.plugins.ltp.check.LtpChecks;
import org.pf4j.Extension;

/** Learned token pruning: an encoder whose layers drop the tokens that receive little attention. */
@Extension
public final class LtpProvider implements LayerProvider<LtpConfig> {
    @Override
    public Class<LtpConfig> config() {
        return LtpConfig.class;
    }

    @Override
    public LtpConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new LtpConfig(8, 2, 2, 12, new Pruning.Hard(0.06), false, false, 1e-5);
            case TEST -> new LtpConfig(64, 4, 4, 256, new Pruning.Hard(0.01), false, false, 1e-5);
            case PAPER -> new LtpConfig(768, 12, 12, 3072, new Pruning.Hard(0.01), false, false, 1e-5);
        };
    }

    @Override
    public Signature signature(LtpConfig c) {
        boolean selects = !(c.pruning() instanceof Pruning.Soft || c.pruning() instanceof Pruning.None);
        Contract contract = Contract.bidirectional();
        return Signature.mixer(
                        selects ? contract.with(Contract.GradientLaw.FROZEN_SELECTION) : contract,
                        EnumSet.of(Mode.SELF_NONCAUSAL, Mode.VARLEN))
                .giving(Port.aux("alive", "B T", "1 for tokens that no layer has dropped"));
    }

    @Override
    public Layer build(LtpConfig c, Build build) {
        return new LtpLayer(c, build.params());
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("pruner", c -> c.level().equals("op"), LtpGolden::run));
    }

    @Override
    public List<Check> checks() {
        return LtpChecks.all();
    }
}
