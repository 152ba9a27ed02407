package org.layerzoo.plugins.urpe;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.urpe.UrpeConfig.Offsets;

/** Attention blocks of the authors' sentence encoder, all of them sharing one B and one C. */
final class UrpeGolden implements GoldenFunction {
    private final UrpeProvider provider;

    UrpeGolden(UrpeProvider provider) {
        this.provider = provider;
    }

    @Override
    public String name() {
        return "attention";
    }

    @Override
    public boolean accepts(GoldenCase c) {
        return c.level().equals("layer");
    }

    @Override
    public Tensors run(GoldenCase c) {
        Tensors in = Tensors.of("x", c.in().get("x"));
        in = hidden(c)
                .map(h -> Tensors.of("key_mask", h.not()))
                .orElse(Tensors.empty())
                .with(in);
        int layers = 0;
        while (c.params().has("layers." + layers + ".self_attn.q_proj.weight")) {
            Tensors params = c.params().under("layers." + layers + ".self_attn.");
            Tensors out =
                    Golden.model(provider, config(c), c, params.with(tables(c))).forward(in, Call.eval());
            in = in.with("x", out.get("y"));
            layers++;
        }
        if (layers == 0) {
            throw unmapped(
                    c,
                    "parameters layers.0.self_attn.* expected, given "
                            + c.params().names());
        }
        return Tensors.of("y", in.get("x"));
    }

    /**
     * True at padded keys [B, T]: the one other input. What is named after padding is true there, as the authors' is; any
     * other mask takes its sense from the first token, which is never padded.
     */
    private static Optional<Tensor> hidden(GoldenCase c) {
        List<String> others =
                c.in().names().stream().filter(n -> !n.equals("x")).toList();
        boolean needed = c.integer("padding", 0) > 0;
        if (others.size() > 1 || needed && others.isEmpty()) {
            throw unmapped(
                    c,
                    (needed ? "inputs x and its padding mask" : "input x and at most a padding mask")
                            + " expected, given " + c.in().names());
        }
        return others.stream().findFirst().map(n -> {
            Tensor mask = c.in().get(n).cast(DType.BOOL);
            boolean truePads = n.contains("pad") || mask.toDoubles()[0] == 0;
            return truePads ? mask : mask.not();
        });
    }

    private static Tensors tables(GoldenCase c) {
        Tensors out = Tensors.empty();
        for (String name : List.of("rp_bias.weight", "ur_rp_bias.weight")) {
            out = c.params().has(name)
                    ? out.with("shared.urpe." + name, c.params().get(name))
                    : out;
        }
        return out;
    }

    private static UrpeConfig config(GoldenCase c) {
        int t = c.in().get("x").dim(1);
        boolean unique =
                c.text("offset_table", "unique").toLowerCase(Locale.ROOT).equals("unique");
        Offsets offsets = unique
                ? new Offsets.Unique()
                : new Offsets.Buckets(c.integer("num_buckets", 64), c.integer("max_distance", 128));
        boolean bias = c.flag("rpe_bias", c.params().has("rp_bias.weight"));
        boolean factor = c.flag("ur_attn", c.params().has("ur_rp_bias.weight"));
        return new UrpeConfig(
                c.integer("D"),
                c.integer("H"),
                c.integer("max_seq_len", t),
                c.flag("causal", false),
                bias,
                factor,
                offsets,
                offsets,
                true,
                0);
    }

    private static ZooException unmapped(GoldenCase c, String why) {
        return new ZooException(ErrorCode.BAD_CONFIG, "case " + c.name() + ": " + why);
    }
}
