package org.layerzoo.plugins.deltanet;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import tools.jackson.databind.JsonNode;

/** DeltaNet of fla/layers/delta_net.py and delta_rule_recurrence of fla/ops/delta_rule/naive.py. */
final class DeltaNetGolden {
    private static final List<String> STATES = List.of("initial_state", "S0", "h0");

    private DeltaNetGolden() {}

    static List<GoldenFunction> all(DeltaNetProvider provider) {
        return List.of(
                GoldenFunction.of("delta_rule", c -> c.level().equals("op"), DeltaNetGolden::op),
                GoldenFunction.of("layer", c -> c.level().equals("layer"), c -> layer(provider, c)));
    }

    /** q, k [B, H, T, dk], v [B, H, T, dv], beta [B, H, T]; the rule scales q, so k comes normalised. */
    private static Tensors op(GoldenCase c) {
        Tensor q = c.in().get("q");
        Recurrence r = Fused.recur(q, c.in().get("k"), c.in().get("v"))
                .delta(c.in().get("beta"))
                .scale(scale(c, q.dim(-1)));
        Optional<Tensor> s0 = STATES.stream().filter(c.in()::has).findFirst().map(c.in()::get);
        if (c.flag("initial_state", false) && s0.isEmpty()) {
            throw unmapped(
                    c, "initial_state is true, but none of " + STATES + " is among the inputs " + c.in().names());
        }
        s0.ifPresent(r::from);
        if (c.has("chunk_size")) {
            r.chunked(c.integer("chunk_size"));
        }
        Recurrence.Recurred out = r.run();
        return Tensors.of("o", out.o(), "final_state", out.state());
    }

    private static double scale(GoldenCase c, int dk) {
        JsonNode s = c.has("scale") ? c.key("scale") : null;
        if (s != null && s.isNumber()) {
            return s.asDouble();
        }
        if (s == null || List.of("dk^-0.5", "d_k^-0.5", "1/sqrt(dk)").contains(s.asString())) {
            return 1 / Math.sqrt(dk);
        }
        throw unmapped(c, "scale must be a number or dk^-0.5, given " + s);
    }

    private static Tensors layer(DeltaNetProvider provider, GoldenCase c) {
        List<String> unknown = c.in().names().stream()
                .filter(n -> !n.equals("x") && !n.equals("cu_seqlens"))
                .toList();
        if (!unknown.isEmpty()) {
            throw unmapped(c, "inputs x and cu_seqlens expected, given also " + unknown);
        }
        Call call = c.in().find("cu_seqlens")
                .map(s -> Call.eval().with(Seqs.packed(s)))
                .orElse(Call.eval());
        return Golden.model(provider, config(c), c, c.params()).forward(c.in(), call);
    }

    private static DeltaNetConfig config(GoldenCase c) {
        DeltaNetConfig.Conv conv = c.flag("use_short_conv", true)
                ? new DeltaNetConfig.Conv(c.integer("conv_size", 4), c.flag("conv_bias", false))
                : new DeltaNetConfig.Conv(0, false);
        return new DeltaNetConfig(
                c.has("hidden_size") ? c.integer("hidden_size") : c.integer("d_model"),
                c.integer("num_heads"),
                c.number("expand_k", 1),
                c.number("expand_v", 1),
                c.flag("use_beta", true),
                c.flag("allow_neg_eigval", false),
                c.flag("use_gate", false),
                conv,
                named(c, DeltaNetConfig.Feature.class, "qk_activation", "silu"),
                named(c, DeltaNetConfig.KeyNorm.class, "qk_norm", "l2"),
                c.number("norm_eps", 1e-5));
    }

    private static <E extends Enum<E>> E named(GoldenCase c, Class<E> type, String key, String orElse) {
        String s = c.text(key, orElse);
        try {
            return Enum.valueOf(type, s.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw unmapped(c, key + " must be one of " + List.of(type.getEnumConstants()) + ", given " + s);
        }
    }

    private static ZooException unmapped(GoldenCase c, String why) {
        return new ZooException(ErrorCode.BAD_CONFIG, "case " + c.name() + ": " + why);
    }
}
