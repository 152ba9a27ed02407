package org.layerzoo.plugins.diffmamba;

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
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.ssm.Mamba2;
import org.layerzoo.nn.ssm.Ssd;
import org.layerzoo.plugins.diffmamba.DiffMambaConfig.Form;
import org.layerzoo.plugins.diffmamba.DiffMambaConfig.Lambda;
import org.layerzoo.plugins.diffmamba.check.DiffMambaChecks;
import org.pf4j.Extension;

/** Differential Mamba: the difference of two Mamba mixers, normalised. */
@Extension
public final class DiffMambaProvider implements LayerProvider<DiffMambaConfig> {
    @Override
    public Class<DiffMambaConfig> config() {
        return DiffMambaConfig.class;
    }

    @Override
    public DiffMambaConfig defaults(Size size) {
        return switch (size) {
            case TINY -> of(8, 4, 4);
            case TEST -> of(64, 16, 16);
            case PAPER -> of(1024, 128, 64);
        };
    }

    private static DiffMambaConfig of(int dim, int states, int headDim) {
        return new DiffMambaConfig(
                dim,
                1,
                states,
                4,
                true,
                false,
                Lambda.SIGMOID,
                Optional.empty(),
                Optional.empty(),
                false,
                new Form.Mamba2(headDim, 1));
    }

    @Override
    public Signature signature(DiffMambaConfig c) {
        StateSpec[] state =
                switch (c.form()) {
                    case Form.Mamba2 m ->
                        new StateSpec[] {
                            new StateSpec(
                                    "conv1d",
                                    "fixed",
                                    "B W-1 2(E+2GN)",
                                    "last inputs of both convolutions; 2 (E + GN) in a plain layer"),
                            new StateSpec("h", "fixed", "B 2H N P", "states of both mixers, F32 or wider")
                        };
                    case Form.Mamba1 m ->
                        new StateSpec[] {
                            new StateSpec("m1.conv1d", "fixed", "B W-1 E", "last inputs"),
                            new StateSpec("m1.h", "fixed", "B E N", "state, F32 or wider"),
                            new StateSpec("m2.conv1d", "fixed", "B W-1 E", "last inputs"),
                            new StateSpec("m2.h", "fixed", "B E N", "state, F32 or wider")
                        };
                    case Form.Scans s ->
                        new StateSpec[] {
                            new StateSpec("conv1d", "fixed", "B W-1 E", "last inputs"),
                            new StateSpec("h1", "fixed", "B E N", "state of the first scan"),
                            new StateSpec("h2", "fixed", "B E N", "state of the second scan")
                        };
                };
        return Signature.causalMixer(state);
    }

    @Override
    public Layer build(DiffMambaConfig c, Build build) {
        if (c.form() instanceof Form.Scans s) {
            return new DifferentScans(c, s, build.params());
        }
        if (c.alternate() && build.layer() % 2 == 0) {
            return new Mamba2(build.params(), Pair.alone(c, (Form.Mamba2) c.form()));
        }
        int layer = c.layer().orElse(build.layer() + 1);
        double start = c.lambdaInit().orElse(DiffMambaConfig.start(layer));
        return new DiffMambaLayer(c, build.params(), start, build.depth());
    }

    /** The scan over the heads of both mixers and the difference, at A = -1 and lambda 1/2. */
    @Override
    public Optional<Core> core(DiffMambaConfig c) {
        int heads = c.form() instanceof Form.Mamba2 m ? c.inner() / m.headDim() : 1;
        return Optional.of(Core.of(
                (s, d) -> Tensors.of(
                                "x", d.normal("x", s.dtype(), s.batch(), s.length(), 2 * c.inner()),
                                "dt", d.normal("dt", s.dtype(), s.batch(), s.length(), 2 * heads))
                        .with("B", d.normal("B", s.dtype(), s.batch(), s.length(), 2 * c.states()))
                        .with("C", d.normal("C", s.dtype(), s.batch(), s.length(), 2 * c.states())),
                in -> {
                    Tensor dt = Ops.softplus(in.get("dt").sub(3));
                    Tensor a = Tensor.full(dt.dtype(), -1, 2 * heads);
                    Tensor o = Ssd.of(in.get("x"), dt, a, in.get("B"), in.get("C"), 2)
                            .run()
                            .o();
                    return Tensors.of(
                            "y",
                            o.slice(1, 0, heads)
                                    .sub(o.slice(1, heads, 2 * heads).mul(0.5)));
                }));
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        DiffMambaConfig config = new DiffMambaConfig(
                c.integer("d_model"),
                c.integer("expand", 1),
                c.integer("d_state", 64),
                c.integer("d_conv", 4),
                c.flag("conv_bias", true),
                c.flag("bias", false),
                Lambda.SIGMOID,
                Optional.of(c.integer("i_layer")),
                Optional.empty(),
                false,
                new Form.Mamba2(c.integer("headdim", 64), c.integer("ngroups", 1)));
        return Golden.model(this, config, c, c.params()).forward(c.in(), Call.eval());
    }

    @Override
    public List<Check> checks() {
        return DiffMambaChecks.all();
    }
}
