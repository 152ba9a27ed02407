package org.layerzoo.plugins.ecoformer;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Contract.GradientLaw;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Waiver;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.ecoformer.EcoFormerConfig.Codes;
import org.layerzoo.plugins.ecoformer.EcoFormerConfig.Fit;
import org.layerzoo.plugins.ecoformer.check.EcoFormerChecks;
import org.pf4j.Extension;

/** EcoFormer: linear attention over binary codes of tokens. */
@Extension
public final class EcoFormerProvider implements LayerProvider<EcoFormerConfig> {
    @Override
    public Class<EcoFormerConfig> config() {
        return EcoFormerConfig.class;
    }

    @Override
    public EcoFormerConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new EcoFormerConfig(8, 2, 4, 6, true, false, Codes.NUMBERS, new Fit(0, 100, 5e-4, 3));
            case TEST -> new EcoFormerConfig(32, 2, 8, 12, true, false, Codes.NUMBERS, new Fit(0, 100, 5e-4, 4));
            case PAPER ->
                new EcoFormerConfig(160, 5, 16, 25, true, false, Codes.NUMBERS, new Fit(37500, 100, 5e-4, 10));
        };
    }

    @Override
    public Signature signature(EcoFormerConfig c) {
        return Signature.mixer(
                        Contract.bidirectional().with(GradientLaw.FROZEN_SELECTION),
                        EnumSet.of(Mode.SELF_NONCAUSAL, Mode.TWO_D))
                .giving(Port.aux("codes", "B H T b", "codes of +-1"));
    }

    @Override
    public Layer build(EcoFormerConfig c, Build build) {
        return new EcoFormerLayer(c, build);
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(
                GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer),
                GoldenFunction.of("learn", c -> c.level().equals("op"), EcoFormerProvider::learnGolden));
    }

    private Tensors layer(GoldenCase c) {
        EcoFormerConfig config = new EcoFormerConfig(
                c.integer("dim"),
                c.integer("num_heads"),
                c.integer("nbits"),
                c.integer("m"),
                c.flag("qkv_bias"),
                c.flag("own_value_bias"),
                Codes.PACKED,
                new Fit(0, 100, 5e-4, 10));
        // A buffer that the authors' class inherits and does not use.
        Tensors params = c.params().without("fast_attention.projection_matrix");
        Aux aux = Aux.collecting("codes");
        Tensors y = Golden.model(this, config, c, params)
                .forward(c.in(), Call.eval().with(aux));
        return y.with("codes", aux.ports().get("codes"));
    }

    /** KernelSH.train_hashing_weight_woeig. */
    private static Tensors learnGolden(GoldenCase c) {
        Tensors in = c.in();
        KernelHash h = new HashFit(c.integer("iteration_n"), c.number("learning_rate"), c.number("momentum"))
                .fit(in.get("A0"), in.get("X"), in.get("anchor"), in.get("S"))
                .hash();
        return Tensors.of("A", h.a(), "mvec", h.mean());
    }

    @Override
    public List<Waiver> waivers() {
        return List.of(
                new Waiver(
                        "gradient",
                        "signs pass their gradient straight through: it is not the derivative of the forward; the sheet's check 7 and the authors' gradients stand for it"));
    }

    @Override
    public List<Check> checks() {
        return EcoFormerChecks.all();
    }
}
