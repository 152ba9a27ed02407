package org.layerzoo.plugins.hydra;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
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
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.hydra.HydraConfig.Matrix;
import org.layerzoo.plugins.hydra.Quasiseparable.Side;
import org.layerzoo.plugins.hydra.check.HydraChecks;
import org.pf4j.Extension;

/** Hydra: a bidirectional state space layer as a quasiseparable matrix mixer. */
@Extension
public final class HydraProvider implements LayerProvider<HydraConfig> {
    @Override
    public Class<HydraConfig> config() {
        return HydraConfig.class;
    }

    @Override
    public HydraConfig defaults(Size size) {
        return switch (size) {
            case TINY -> of(8, 4, 4);
            case TEST -> of(64, 16, 16);
            case PAPER -> of(768, 64, 64);
        };
    }

    private static HydraConfig of(int dim, int headDim, int states) {
        return new HydraConfig(dim, 2, headDim, states, 7, true, false, new Matrix.Quasiseparable(1, false));
    }

    @Override
    public Signature signature(HydraConfig c) {
        return switch (c.matrix()) {
            case Matrix.Quasiseparable q -> bothWays();
            case Matrix.Scans s -> bothWays();
            case Matrix.Sibling s ->
                Signature.mixer(
                        s.length() > 0
                                ? Contract.bidirectional().withFixedLength(s.length())
                                : Contract.bidirectional(),
                        EnumSet.of(Mode.SELF_NONCAUSAL));
        };
    }

    private static Signature bothWays() {
        return Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.SELF_NONCAUSAL, Mode.VARLEN));
    }

    @Override
    public HydraConfig atLength(HydraConfig c, int length) {
        if (c.length() == 0) {
            return c;
        }
        Matrix m = new Matrix.Sibling(((Matrix.Sibling) c.matrix()).kind(), length);
        return new HydraConfig(c.dim(), c.expand(), c.headDim(), c.states(), c.convWidth(), c.convBias(), c.bias(), m);
    }

    @Override
    public Layer build(HydraConfig c, Build build) {
        return new HydraLayer(c, build.params());
    }

    /** Both scans with one group, at A = -1 and steps softplus(N(-3, 1)). */
    @Override
    public Optional<Core> core(HydraConfig c) {
        int maps = 2 * c.states();
        return Optional.of(Core.of(
                (s, d) -> Tensors.of(
                                "x", d.normal("x", s.dtype(), s.batch(), s.length(), c.inner()),
                                "dt", d.normal("dt", s.dtype(), s.batch(), s.length(), 2 * c.heads()))
                        .with("maps", d.normal("maps", s.dtype(), s.batch(), s.length(), 2 * maps)),
                in -> {
                    Tensor dt = Ops.softplus(in.get("dt").sub(3));
                    List<Tensor> m = Ops.split(in.get("maps"), -1, maps, maps);
                    List<Tensor> d = Ops.split(dt, -1, c.heads(), c.heads());
                    Tensor a = Tensor.full(dt.dtype(), -1, c.heads());
                    Side there = new Side(m.get(0), d.get(0));
                    Side back = new Side(m.get(1), d.get(1));
                    return Tensors.of("y", Quasiseparable.sides(in.get("x"), there, back, a, 1, Optional.empty()));
                }));
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        HydraConfig config = new HydraConfig(
                c.integer("d_model"),
                c.integer("expand", 2),
                c.integer("headdim", 64),
                c.integer("d_state", 64),
                c.integer("d_conv", 7),
                c.flag("conv_bias", true),
                c.flag("bias", false),
                new Matrix.Quasiseparable(c.integer("ngroups", 1), false));
        return Golden.model(this, config, c, c.params()).forward(c.in(), Call.eval());
    }

    @Override
    public List<Check> checks() {
        return HydraChecks.all();
    }
}
