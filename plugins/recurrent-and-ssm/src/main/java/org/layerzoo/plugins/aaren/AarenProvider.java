package org.layerzoo.plugins.aaren;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Core;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.aaren.AarenConfig.Query;
import org.layerzoo.plugins.aaren.check.AarenChecks;
import org.pf4j.Extension;

/** Aaren: softmax attention with one learned query, for which every prefix has an output at constant memory. */
@Extension
public final class AarenProvider implements LayerProvider<AarenConfig> {
    @Override
    public Class<AarenConfig> config() {
        return AarenConfig.class;
    }

    @Override
    public AarenConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new AarenConfig(8, 2, Query.LEARNED);
            case TEST -> new AarenConfig(64, 4, Query.LEARNED);
            case PAPER -> new AarenConfig(512, 8, Query.LEARNED);
        };
    }

    @Override
    public Signature signature(AarenConfig c) {
        return switch (c.query()) {
            case LEARNED ->
                Signature.causalMixer(
                        new StateSpec("o", "fixed", "B H p", "average so far, F32 or wider"),
                        new StateSpec("lse", "fixed", "B H", "log of its mass"));
            case ROWS ->
                Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.CROSS_NONCAUSAL))
                        .with(Port.in("context", "B S D", "tokens that are attended to"));
        };
    }

    @Override
    public int axisSize(AarenConfig c, String axis) {
        return axis.equals("S") ? 7 : LayerProvider.super.axisSize(c, axis);
    }

    @Override
    public Layer build(AarenConfig c, Build build) {
        AarenLayer layer = new AarenLayer(c, build.params());
        return c.query() == Query.LEARNED ? layer : layer.withoutStream();
    }

    /** The scan on prepared scores. */
    @Override
    public Optional<Core> core(AarenConfig c) {
        return Optional.of(Core.of(
                (Scale s, org.layerzoo.core.layer.Draws d) -> Tensors.of(
                        "s", d.normal("s", s.dtype(), s.batch(), c.heads(), s.length()),
                        "v", d.normal("v", s.dtype(), s.batch(), c.heads(), s.length(), c.dim() / c.heads())),
                in -> Tensors.of(
                        "o", Fused.softmaxScan(in.get("s"), in.get("v")).o())));
    }

    @Override
    public List<Check> checks() {
        return AarenChecks.all();
    }
}
