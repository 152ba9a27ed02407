package org.layerzoo.plugins.deltanet;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Core;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.plugins.deltanet.check.DeltaNetChecks;
import org.pf4j.Extension;

/** DeltaNet: linear attention whose state is corrected by the delta rule. */
@Extension
public final class DeltaNetProvider implements LayerProvider<DeltaNetConfig> {
    @Override
    public Class<DeltaNetConfig> config() {
        return DeltaNetConfig.class;
    }

    @Override
    public DeltaNetConfig defaults(Size size) {
        return switch (size) {
            case TINY -> of(8, 2);
            case TEST -> of(64, 2);
            case PAPER -> of(1024, 8);
        };
    }

    private static DeltaNetConfig of(int dim, int heads) {
        DeltaNetConfig.Conv conv = new DeltaNetConfig.Conv(4, false);
        return new DeltaNetConfig(
                dim,
                heads,
                1,
                1,
                true,
                false,
                false,
                conv,
                DeltaNetConfig.Feature.SILU,
                DeltaNetConfig.KeyNorm.L2,
                1e-5);
    }

    @Override
    public Signature signature(DeltaNetConfig c) {
        EnumSet<Mode> modes = EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING, Mode.VARLEN);
        StateSpec s = new StateSpec("S", "fixed", "B H K V", "what each head has written, F32 or wider");
        if (c.conv().width() == 0) {
            return Signature.mixer(Contract.causalStreaming(), modes, s);
        }
        return Signature.mixer(
                Contract.causalStreaming(),
                modes,
                new StateSpec("q_conv1d", "fixed", "B W-1 D", "last projected queries"),
                new StateSpec("k_conv1d", "fixed", "B W-1 D", "last projected keys"),
                new StateSpec("v_conv1d", "fixed", "B W-1 D", "last projected values"),
                s);
    }

    @Override
    public Layer build(DeltaNetConfig c, Build build) {
        return new DeltaNetLayer(c, build.params());
    }

    /** The delta rule on unit keys and queries, with write strengths in (0, 1). */
    @Override
    public Optional<Core> core(DeltaNetConfig c) {
        return Optional.of(Core.of(
                (s, d) -> Tensors.of(
                                "q",
                                        Heads.unit(d.normal(
                                                "q", s.dtype(), s.batch(), c.heads(), s.length(), c.headKeyDim())),
                                "k",
                                        Heads.unit(d.normal(
                                                "k", s.dtype(), s.batch(), c.heads(), s.length(), c.headKeyDim())),
                                "v", d.normal("v", s.dtype(), s.batch(), c.heads(), s.length(), c.headValueDim()))
                        .with("beta", d.uniform("beta", s.dtype(), s.batch(), c.heads(), s.length())),
                in -> Tensors.of(
                        "o",
                        Fused.recur(in.get("q"), in.get("k"), in.get("v"))
                                .delta(in.get("beta"))
                                .scale(1 / Math.sqrt(c.headKeyDim()))
                                .run()
                                .o())));
    }

    @Override
    public List<GoldenFunction> golden() {
        return DeltaNetGolden.all(this);
    }

    @Override
    public List<Check> checks() {
        return DeltaNetChecks.all();
    }
}
