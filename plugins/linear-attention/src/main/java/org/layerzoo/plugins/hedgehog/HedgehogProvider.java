package org.layerzoo.plugins.hedgehog;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.hedgehog.HedgehogConfig.FeatureAct;
import org.layerzoo.plugins.hedgehog.check.HedgehogChecks;
import org.pf4j.Extension;

/** Hedgehog: linear attention whose learned features imitate softmax. */
@Extension
public final class HedgehogProvider implements LayerProvider<HedgehogConfig> {
    @Override
    public Class<HedgehogConfig> config() {
        return HedgehogConfig.class;
    }

    @Override
    public HedgehogConfig defaults(Size size) {
        return switch (size) {
            case TINY -> of(8, 2, FeatureAct.EXP);
            case TEST -> of(64, 2, FeatureAct.EXP);
            case PAPER -> of(768, 12, FeatureAct.SOFTMAX);
        };
    }

    private static HedgehogConfig of(int dim, int heads, FeatureAct act) {
        return new HedgehogConfig(dim, heads, true, act, true, false, true, false, 1e-6);
    }

    @Override
    public Signature signature(HedgehogConfig c) {
        if (c.causal()) {
            return Signature.causalMixer(
                    new StateSpec("kv", "fixed", "B H 2d d+1", "sum of phi(k) [v, 1]^T, F32 or wider"));
        }
        return Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.SELF_NONCAUSAL, Mode.CROSS_NONCAUSAL))
                .with(Port.optional("context", "B S D", "where keys and values come from; x when absent"));
    }

    @Override
    public Layer build(HedgehogConfig c, Build build) {
        HedgehogLayer layer = new HedgehogLayer(c, build.params());
        return c.causal() ? layer : layer.withoutStream();
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("maps", c -> c.level().equals("layer"), HedgehogProvider::maps));
    }

    /** FeatureMapMLP and quadratic_attention of the group's lolcats. */
    private static Tensors maps(GoldenCase c) {
        Map<String, FeatureAct> acts = Map.of("exp_dim", FeatureAct.EXP_SHIFTED, "softmax_dim", FeatureAct.SOFTMAX);
        double eps = c.number("eps", 1e-12);
        Tensors in = c.in();
        List<Tensor> phi = List.of("q", "k").stream()
                .map(role -> new FeatureMap(
                                c.params().get("feature_map_" + role + ".mlp.layer"),
                                Optional.empty(),
                                acts.get(c.text("feature_map")),
                                c.flag("skip_connection"),
                                eps)
                        .apply(in.get(role)))
                .toList();
        Tensor w = Mimicry.weights(phi.get(0), phi.get(1), c.flag("causal"), eps);
        return Tensors.of("phi_q", phi.get(0), "phi_k", phi.get(1), "weights", w)
                .with("y", w.matmul(in.get("v")))
                .with("teacher", Mimicry.teacher(in.get("q"), in.get("k"), c.flag("causal")));
    }

    @Override
    public List<Check> checks() {
        return HedgehogChecks.all();
    }
}
