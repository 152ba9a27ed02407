package org.layerzoo.plugins.dinat;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.VitBlock;
import org.layerzoo.plugins.dinat.DinatConfig.Form;
import org.layerzoo.plugins.dinat.check.DinatChecks;
import org.pf4j.Extension;

/** Dilated neighbourhood attention: a fixed number of keys a query, near or far. */
@Extension
public final class DinatProvider implements LayerProvider<DinatConfig> {
    private static final String ATTENTION = "attn.out";

    @Override
    public Class<DinatConfig> config() {
        return DinatConfig.class;
    }

    @Override
    public DinatConfig defaults(Size size) {
        return switch (size) {
            case TINY ->
                new DinatConfig(
                        8, 2, 3, 2, new Form.Grid(6, 7), 2, true, true, Optional.empty(), Optional.of(0.5), 0, 1e-5);
            case TEST -> DinatConfig.of(64, 2, 3, 2, new Form.Grid(8, 8));
            case PAPER -> DinatConfig.of(64, 2, 7, 8, new Form.Grid(56, 56));
        };
    }

    @Override
    public Signature signature(DinatConfig c) {
        int tokens = c.form().axes().stream().reduce(1, (a, b) -> a * b);
        boolean map = c.form() instanceof Form.Grid;
        return Signature.mixer(
                        Contract.bidirectional().withFixedLength(tokens).owningResidual(),
                        map ? EnumSet.of(Mode.SELF_NONCAUSAL, Mode.TWO_D) : EnumSet.of(Mode.SELF_NONCAUSAL))
                .giving(Port.aux(ATTENTION, "B T D", "what the attention adds, before layer scale and residual"));
    }

    /** On a map the nearest to a square. */
    @Override
    public DinatConfig atLength(DinatConfig c, int length) {
        if (c.form() instanceof Form.Line) {
            return c.on(new Form.Line(length));
        }
        int[] hw = Scale.of(1, length).grid();
        return c.on(new Form.Grid(hw[0], hw[1]));
    }

    @Override
    public Layer build(DinatConfig c, Build build) {
        VitBlock.Options o = new VitBlock.Options(c.dim(), c.hidden(), c.eps(), c.layerScale(), c.dropPath());
        return new VitBlock(build.params(), o, p -> new DinatLayer(c, p));
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        Tensor x = c.in().get("x");
        if (x.rank() != 3 && x.rank() != 4) {
            throw new ZooException(ErrorCode.BAD_TENSORS, "x [B, H, W, C] or [B, L, C] expected, given " + x.shape());
        }
        Form form = x.rank() == 4 ? new Form.Grid(x.dim(1), x.dim(2)) : new Form.Line(x.dim(1));
        boolean scaled = c.params().has("gamma1");
        DinatConfig config = new DinatConfig(
                x.dim(-1),
                c.integer(c.has("num_heads") ? "num_heads" : "heads"),
                c.integer(c.has("kernel_size") ? "kernel_size" : "kernel"),
                c.integer("dilation", 1),
                form,
                c.number("mlp_ratio", (double) c.params().get("mlp.fc1.bias").dim(0) / x.dim(-1)),
                c.params().has("attn.qkv.bias"),
                c.params().has("attn.rpb"),
                c.has("qk_scale") ? Optional.of(c.number("qk_scale")) : Optional.empty(),
                scaled ? Optional.of(1e-5) : Optional.empty(),
                0,
                c.number("ln_eps", 1e-5));
        Aux aux = Aux.collecting(ATTENTION);
        Tensor rows = x.reshape(x.dim(0), -1, x.dim(-1));
        Tensor y = Golden.model(this, config, c, c.params())
                .forward(Tensors.of("x", rows), Call.eval().with(aux))
                .get("y");
        return Tensors.of(
                "y",
                y.reshape(x.shape()),
                "attn_out",
                aux.ports().get(ATTENTION).reshape(x.shape()));
    }

    @Override
    public List<Check> checks() {
        return DinatChecks.all();
    }
}
