package org.layerzoo.plugins.deltanet;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import tools.jackson.databind.JsonNode;

/** DeltaNet of fla/layers/delta_net.py and delta_rule_recurrence of fla/ops/delta_rule/naive.py. */
final class DeltaNetGolden {
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
        initialState(c).ifPresent(r::from);
        if (c.has("chunk_size")) {
            r.chunked(c.integer("chunk_size"));
        }
        Recurrence.Recurred out = r.run();
        return Tensors.of("o", out.o(), "final_state", out.state());
    }

    /** Whatever its name, the one input [B, H, dk, dv] besides those of the rule. */
    private static Optional<Tensor> initialState(GoldenCase c) {
        List<String> others = c.in().names().stream()
                .filter(n -> !List.of("q", "k", "v", "beta").contains(n))
                .toList();
        if (others.size() > 1 || others.isEmpty() && c.flag("initial_state", false)) {
            throw unmapped(c, "q, k, v, beta and at most one initial state expected, given " + c.in().names());
        }
        return others.stream().findFirst().map(c.in()::get);
    }

    private static double scale(GoldenCase c, int dk) {
        JsonNode s = c.has("scale") ? c.key("scale") : null;
        if (s != null && s.isNumber()) {
            return s.asDouble();
        }
        if (s == null || s.asString().matches("\\w+\\^-0\\.5|1/sqrt\\(\\w+\\)")) {
            return 1 / Math.sqrt(dk);
        }
        throw unmapped(c, "scale must be a number or dk^-0.5, given " + s);
    }

    private static Tensors layer(DeltaNetProvider provider, GoldenCase c) {
        List<String> unknown = c.in().names().stream()
                .filter(n -> !List.of("x", "cu_seqlens", "attention_mask").contains(n))
                .toList();
        if (!unknown.isEmpty()) {
            throw unmapped(c, "inputs x, cu_seqlens and attention_mask expected, given also " + unknown);
        }
        Model m = Golden.model(provider, config(c), c, c.params());
        Tensor x = c.in().get("x");
        if (c.in().has("attention_mask")) {
            return unpadded(m, x, c.in().get("attention_mask"));
        }
        Call call = c.in().find("cu_seqlens")
                .map(s -> Call.eval().with(Seqs.packed(s.cast(DType.I64))))
                .orElse(Call.eval());
        return m.forward(Tensors.of("x", x), call);
    }

    /** mask [B, T], 0 is padding on any side: the valid tokens run end to end, padded rows give 0. */
    private static Tensors unpadded(Model m, Tensor x, Tensor mask) {
        int places = x.dim(0) * x.dim(1);
        double[] valid = mask.toDoubles();
        long[] tokens = IntStream.range(0, places)
                .filter(i -> valid[i] != 0)
                .asLongStream()
                .toArray();
        Tensor cu = Ops.cumsum(mask.cast(DType.BOOL).cast(DType.I64).sum(1), 0);
        Tensor index = Tensor.of(tokens, tokens.length);
        Tensor rows = Ops.indexSelect(x.reshape(places, x.dim(2)), 0, index).unsqueeze(0);
        Call call = Call.eval().with(Seqs.packed(Ops.padZero(cu, 0, 1, 0)));
        Tensor y = m.forward(Tensors.of("x", rows), call).get("y").squeeze(0);
        Tensor back = index.unsqueeze(1).expand(tokens.length, x.dim(2));
        Tensor full = Ops.scatterAdd(Tensor.zeros(x.dtype(), places, x.dim(2)), 0, back, y);
        return Tensors.of("y", full.reshape(x.dim(0), x.dim(1), x.dim(2)));
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
