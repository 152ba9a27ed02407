package org.layerzoo.plugins.nprfrpeattention;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Contract.Causality;
import org.layerzoo.core.spi.Core;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.nprfrpeattention.NprfConfig.Offsets;
import org.layerzoo.plugins.nprfrpeattention.check.NprfChecks;
import org.pf4j.Extension;

/** Kernelised attention with relative positions by transforms. */
@Extension
public final class NprfProvider implements LayerProvider<NprfConfig> {
    @Override
    public Class<NprfConfig> config() {
        return NprfConfig.class;
    }

    @Override
    public NprfConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new NprfConfig(8, 2, 32, 6, true, true, new Offsets.Each(), false);
            case TEST -> new NprfConfig(32, 2, 256, 16, true, true, new Offsets.Each(), false);
            case PAPER -> new NprfConfig(512, 8, 512, 64, false, true, new Offsets.Each(), false);
        };
    }

    @Override
    public Signature signature(NprfConfig c) {
        Contract both = Contract.bidirectional();
        return c.causal()
                ? Signature.mixer(both.with(Causality.EXACT), EnumSet.of(Mode.SELF_CAUSAL))
                : Signature.mixer(both, EnumSet.of(Mode.SELF_NONCAUSAL));
    }

    @Override
    public NprfConfig atLength(NprfConfig c, int length) {
        return new NprfConfig(
                c.dim(),
                c.heads(),
                Math.max(c.length(), length),
                c.features(),
                c.causal(),
                c.normalised(),
                c.offsets(),
                c.orthogonal());
    }

    @Override
    public Layer build(NprfConfig c, Build build) {
        return new NprfLayer(c, build);
    }

    /** The Toeplitz sum on prepared features, with weights of offsets as exp(N(0, 1)). */
    @Override
    public Optional<Core> core(NprfConfig c) {
        return Optional.of(Core.of(
                (s, d) -> Tensors.of(
                                "q", Ops.exp(d.normal("q", s.dtype(), s.batch(), c.heads(), s.length(), c.features())),
                                "k", Ops.exp(d.normal("k", s.dtype(), s.batch(), c.heads(), s.length(), c.features())),
                                "v", d.normal("v", s.dtype(), s.batch(), c.heads(), s.length(), c.headDim()))
                        .with("b", d.normal("b", s.dtype(), c.heads(), 2 * s.length() - 1)),
                in -> Tensors.of(
                        "o",
                        new ToeplitzAttention(
                                        in.get("q"),
                                        in.get("k"),
                                        in.get("v"),
                                        ToeplitzAttention.weights(
                                                in.get("b"), in.get("v").dim(2), c.causal()))
                                .read())));
    }

    @Override
    public List<Check> checks() {
        return NprfChecks.all();
    }
}
