package org.layerzoo.plugins.vig;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Core;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.map.MapProvider;
import org.layerzoo.plugins.vig.VigConfig.Gate;
import org.layerzoo.plugins.vig.VigConfig.Local;
import org.layerzoo.plugins.vig.check.VigChecks;
import org.pf4j.Extension;

/** ViG: gated linear attention to both sides of a map, with a gated local branch. */
@Extension
public final class VigProvider implements MapProvider<VigConfig> {
    @Override
    public Class<VigConfig> config() {
        return VigConfig.class;
    }

    @Override
    public VigConfig defaults(Size size) {
        return switch (size) {
            case TINY -> of(8, 2, 3, 4);
            case TEST -> of(32, 2, 8, 8);
            case PAPER -> of(192, 3, 14, 14);
        };
    }

    private static VigConfig of(int dim, int heads, int h, int w) {
        return new VigConfig(dim, heads, h, w, 0.5, new Gate(16, 16, 0), new Local(true, false), false);
    }

    @Override
    public Layer build(VigConfig c, Build build) {
        return new VigLayer(c, build.params());
    }

    /** Both recurrences on prepared heads, with gates as sigmoid(N(0, 1))^(1/16). */
    @Override
    public Optional<Core> core(VigConfig c) {
        int dk = c.keyDim() / c.heads();
        return Optional.of(Core.of(
                (s, d) -> {
                    Tensors in = Tensors.of(
                            "v", d.normal("v", s.dtype(), s.batch(), c.heads(), s.length(), c.dim() / c.heads()));
                    for (String n : List.of("q", "k", "f", "b")) {
                        in = in.with(n, d.normal(n, s.dtype(), s.batch(), c.heads(), s.length(), dk));
                    }
                    return in;
                },
                in -> Tensors.of(
                        "o",
                        new BothGates(in.get("q"), in.get("k"), in.get("v"), gate(c, in.get("f")), gate(c, in.get("b")))
                                .read(1 / Math.sqrt(dk), Optional.empty()))));
    }

    private static Tensor gate(VigConfig c, Tensor f) {
        return Ops.logSigmoid(f).div(c.gate().normaliser());
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        VigConfig config = new VigConfig(
                c.integer("d_model"),
                c.integer("num_heads"),
                c.key("patch_resolution").get(0).asInt(),
                c.key("patch_resolution").get(1).asInt(),
                c.number("expand_k"),
                new Gate(c.integer("gate_low_rank_dim"), c.number("gate_logit_normalizer"), c.number("clamp_min", 0)),
                new Local(c.flag("use_act_in_conv"), c.flag("use_bias_in_dwconv")),
                c.flag("use_out_act"));
        return Golden.model(this, config, c, c.params()).forward(c.in(), Call.eval());
    }

    @Override
    public List<Check> checks() {
        return VigChecks.all();
    }
}
