package org.layerzoo.plugins.s4d;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Core;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.ssm.DiagonalBank;
import org.layerzoo.nn.ssm.DiagonalKernels.RealPart;
import org.layerzoo.nn.ssm.DiagonalKernels.Rule;
import org.layerzoo.nn.ssm.DiagonalKernels.Start;
import org.layerzoo.plugins.s4d.S4dConfig.Form;
import org.layerzoo.plugins.s4d.check.S4dChecks;
import org.pf4j.Extension;

/** S4D: diagonal state space models as a long convolution. */
@Extension
public final class S4dProvider implements LayerProvider<S4dConfig> {
    @Override
    public Class<S4dConfig> config() {
        return S4dConfig.class;
    }

    @Override
    public S4dConfig defaults(Size size) {
        return switch (size) {
            case TINY -> of(8, 4);
            case TEST -> of(64, 16);
            case PAPER -> of(256, 64);
        };
    }

    private static S4dConfig of(int dim, int states) {
        return new S4dConfig(dim, states, Start.LIN, Rule.ZOH, RealPart.EXP, false, new Form.Minimal());
    }

    @Override
    public Signature signature(S4dConfig c) {
        Port y = Port.out("y", c.channels() == 1 ? "B T D" : "B T E", "mixed tokens");
        List<Port> in = List.of(Port.in("x", "B T D", "tokens"));
        if (c.bidirectional()) {
            return new Signature(in, List.of(y), List.of(), EnumSet.of(Mode.SELF_NONCAUSAL), Contract.bidirectional());
        }
        return new Signature(
                in,
                List.of(y),
                List.of(new StateSpec("h", "fixed", "B E N/2 2", "states of each channel, F32 or wider")),
                EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING),
                Contract.causalStreaming());
    }

    @Override
    public int axisSize(S4dConfig c, String axis) {
        return axis.equals("E") ? c.channels() * c.dim() : LayerProvider.super.axisSize(c, axis);
    }

    @Override
    public Layer build(S4dConfig c, Build build) {
        S4dLayer layer = new S4dLayer(c, build.params());
        return c.bidirectional() ? new S4dLayer.BothWays(layer) : layer;
    }

    /** Kernel and convolution, at initial A and steps of 0.01. */
    @Override
    public Optional<Core> core(S4dConfig c) {
        int n = c.pairs();
        return Optional.of(Core.of(
                (s, d) -> Tensors.of(
                        "x", d.normal("x", s.dtype(), s.batch(), s.length(), c.dim()),
                        "C", d.normal("C", s.dtype(), c.dim(), n, 2)),
                in -> {
                    Tensor x = in.get("x");
                    Tensor im = Ops.iota(x.dtype(), n).mul(Math.PI);
                    Tensor lambda = org.layerzoo.core.op.Complex.of(Tensor.full(x.dtype(), -0.5, n), im);
                    Tensor dt = Tensor.full(x.dtype(), 0.01, c.dim());
                    DiagonalBank bank = DiagonalBank.zeroOrderHold(
                            lambda.expand(c.dim(), n, 2), dt, in.get("C"), Ops.zerosLike(dt));
                    return Tensors.of(
                            "y",
                            Fused.longConv(x.permute(0, 2, 1), bank.kernel(x.dim(1)))
                                    .permute(0, 2, 1));
                }));
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(
                GoldenFunction.of("library", c -> c.text("mode", "").equals("diag"), this::library),
                GoldenFunction.of("minimal", c -> c.level().equals("layer"), this::minimal));
    }

    private Tensors minimal(GoldenCase c) {
        S4dConfig config = new S4dConfig(
                c.integer("d_model"),
                c.integer("d_state"),
                Start.LIN,
                rule(c),
                RealPart.EXP,
                false,
                new Form.Minimal());
        Tensors out = run(config, c);
        return out.with("kernel", out.get("kernel").select(0, 0));
    }

    private Tensors library(GoldenCase c) {
        int sets = c.has("n_ssm") ? c.integer("n_ssm") : c.integer("d_model");
        S4dConfig config = new S4dConfig(
                c.integer("d_model"),
                c.integer("d_state"),
                Start.LIN,
                rule(c),
                RealPart.valueOf(c.text("real_transform").toUpperCase(Locale.ROOT)),
                c.flag("bidirectional"),
                new Form.Library(
                        sets, c.integer("channels", 1), c.text("activation", "").equals("gelu")));
        return run(config, c);
    }

    private static Rule rule(GoldenCase c) {
        return Rule.valueOf(c.text("disc", "zoh").toUpperCase(Locale.ROOT));
    }

    /** u and y [B, H, L]; kernels [C, H, L], forward ones first. */
    private Tensors run(S4dConfig config, GoldenCase c) {
        Model m = Golden.model(this, config, c, c.params());
        Tensor u = c.in().get("u").permute(0, 2, 1);
        Tensor y = m.forward(Tensors.of("x", u), Call.eval()).get("y");
        S4dLayer layer = m.layer() instanceof S4dLayer.BothWays b ? b.layer() : (S4dLayer) m.layer();
        List<Tensor> kernels = layer.kernels().banks().stream()
                .map(b -> b.kernel(u.dim(1)).reshape(-1, config.dim(), u.dim(1)))
                .toList();
        return Tensors.of("y", y.permute(0, 2, 1), "kernel", Ops.concat(0, kernels));
    }

    @Override
    public List<Check> checks() {
        return S4dChecks.all();
    }
}
