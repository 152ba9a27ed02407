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
    private static final List<String> MASKS = List.of("padding_mask", "key_padding_mask", "self_attn_padding_mask");

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
        List<String> unknown = c.in().names().stream()
                .filter(n -> !n.equals("x") && !MASKS.contains(n))
                .toList();
        if (!unknown.isEmpty()) {
            throw unmapped(c, "inputs x and one of " + MASKS + " expected, given also " + unknown);
        }
        Tensors in = Tensors.of("x", c.in().get("x"));
        Optional<Tensor> hidden = hidden(c);
        in = hidden.map(h -> Tensors.of("key_mask", h.cast(DType.BOOL).not()))
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

    /** True at padded keys [B, T]. */
    private static Optional<Tensor> hidden(GoldenCase c) {
        Optional<Tensor> given = MASKS.stream().filter(c.in()::has).findFirst().map(c.in()::get);
        int n = c.integer("padding", 0);
        if (given.isEmpty() && n > 0) {
            throw unmapped(
                    c, "padding " + n + " needs a mask, one of " + MASKS + " among the inputs " + c.in().names());
        }
        return given;
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
        Offsets offsets =
                switch (c.text("offset_table", "unique").toLowerCase(Locale.ROOT)) {
                    case "unique" -> new Offsets.Unique();
                    case "bucket", "buckets", "bucketed" ->
                        new Offsets.Buckets(c.integer("num_buckets", 64), c.integer("max_distance", 128));
                    default ->
                        throw unmapped(c, "offset_table must be unique or bucket, given " + c.text("offset_table"));
                };
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
