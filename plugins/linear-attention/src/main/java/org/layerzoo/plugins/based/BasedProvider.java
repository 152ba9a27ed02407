package org.layerzoo.plugins.based;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Core;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.plugins.based.BasedConfig.Form;
import org.layerzoo.plugins.based.check.BasedChecks;
import org.pf4j.Extension;

/** Based: Taylor linear attention, sliding windows and short convolutions, one a layer. */
@Extension
public final class BasedProvider implements LayerProvider<BasedConfig> {
    @Override
    public Class<BasedConfig> config() {
        return BasedConfig.class;
    }

    @Override
    public BasedConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new BasedConfig(8, new Form.Taylor(2, 3, 4, true, 4, 1e-12));
            case TEST -> new BasedConfig(64, new Form.Taylor(2, 8, 32, true, 32, 1e-12));
            case PAPER -> new BasedConfig(1024, new Form.Taylor(16, 16, 64, true, 64, 1e-12));
        };
    }

    @Override
    public Signature signature(BasedConfig c) {
        return Signature.causalMixer(state(c.form()));
    }

    private static StateSpec[] state(Form form) {
        return switch (form) {
            case Form.Taylor f ->
                new StateSpec[] {new StateSpec("kv", "fixed", "B H F V+1", "sum of phi(k) [v, 1]^T, F32 or wider")};
            case Form.Window f ->
                new StateSpec[] {
                    new StateSpec("k", "growing", "B H S d", "the last w rotated keys"),
                    new StateSpec("v", "growing", "B H S d", "the last w values")
                };
            case Form.Convolution f ->
                new StateSpec[] {new StateSpec("conv", "fixed", "B W-1 D", "last inputs of the convolution")};
        };
    }

    @Override
    public Layer build(BasedConfig c, Build build) {
        return switch (c.form()) {
            case Form.Taylor f -> new TaylorAttention(c.dim(), f, build.params());
            case Form.Window f -> new WindowAttention(c.dim(), f, build.params());
            case Form.Convolution f -> GatedConv.of(c.dim(), f.width(), build.params());
        };
    }

    /** The chunks of the Taylor form on normal q and k, divided. */
    @Override
    public Optional<Core> core(BasedConfig c) {
        if (!(c.form() instanceof Form.Taylor f)) {
            return Optional.empty();
        }
        TaylorMap map = new TaylorMap(f.featureDim(), f.packed());
        return Optional.of(Core.of(
                (s, d) -> Tensors.of(
                        "q", d.normal("q", s.dtype(), s.batch(), f.heads(), s.length(), f.featureDim()),
                        "k", d.normal("k", s.dtype(), s.batch(), f.heads(), s.length(), f.featureDim()),
                        "v", d.normal("v", s.dtype(), s.batch(), f.heads(), s.length(), f.headDim())),
                in -> {
                    Tensor v = LinearAttention.counted(in.get("v"));
                    Tensor sums = TaylorAttention.chunks(map, in.get("q"), in.get("k"), v, f.chunk(), Optional.empty())
                            .o();
                    return Tensors.of("o", LinearAttention.divided(sums, f.eps()));
                }));
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        int heads = c.integer("num_heads");
        int dim = c.integer("d_model");
        Form form = new Form.Taylor(
                heads, c.integer("feature_dim"), c.integer("head_dim", dim / heads), true, 8, c.number("eps", 1e-12));
        return Golden.model(this, new BasedConfig(dim, form), c, c.params()).forward(c.in(), Call.eval());
    }

    @Override
    public List<Check> checks() {
        return BasedChecks.all();
    }
}
