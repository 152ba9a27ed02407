package org.layerzoo.plugins.flashattention2;

import java.util.Arrays;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Attended;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** attention_ref of the authors' tests: layout [B, T, H, d], padding masks [B, T] with the valid tokens first. */
final class FlashAttention2Golden implements GoldenFunction {
    @Override
    public String name() {
        return "attention_ref";
    }

    @Override
    public Tensors run(GoldenCase c) {
        Tensors in = Tensors.of("q", heads(c, "q"), "k", heads(c, "k"), "v", heads(c, "v"));
        for (String n : c.in().names()) {
            in = n.equals("alibi_slopes") ? in.with(n, c.in().get(n)) : in;
        }
        Optional<Tensor> queries = valid(c, "q");
        Optional<Tensor> keys = valid(c, "k");
        FlashAttention2Config config = config(c);
        Optional<Tensor> keep = keep(c, config);
        if (queries.isEmpty() && keys.isEmpty() && !c.in().has("attn_bias")) {
            Aux aux = Aux.collecting("lse", "p");
            Tensors inputs = keep.map(k -> Tensors.of("dropout_keep", k))
                    .orElse(Tensors.empty())
                    .with(in);
            Tensors out =
                    new FlashAttention2Layer(config).forward(inputs, Call.eval().with(aux));
            return named(out.get("o"), aux.ports().get("p"), aux.ports().get("lse"));
        }
        return masked(config, in, queries, keys, keep, c.in().find("attn_bias"));
    }

    /** Queries and keys padded differently, or a bias of any form, which no call of the layer says. */
    private static Tensors masked(
            FlashAttention2Config c,
            Tensors in,
            Optional<Tensor> queries,
            Optional<Tensor> keys,
            Optional<Tensor> keep,
            Optional<Tensor> bias) {
        Tensor q = in.get("q");
        Tensor full = Tensor.full(DType.I64, q.dim(2), q.dim(0));
        Tensor keysFull = Tensor.full(DType.I64, in.get("k").dim(2), q.dim(0));
        Attention a =
                Fused.attend(q).keys(in.get("k"), in.get("v")).lengths(queries.orElse(full), keys.orElse(keysFull));
        FlashAttention2Layer.restrict(a, in, c);
        bias.ifPresent(a::bias);
        keep.ifPresent(k -> a.dropout(c.dropout(), k));
        Attended r = a.wants(new Wants(true, 0, false, 0)).run();
        // Padded query rows: their file says 0, the op says -inf.
        Tensor exists = Ops.iota(DType.I64, q.dim(2))
                .lt(queries.orElse(full).unsqueeze(-1))
                .unsqueeze(1);
        Tensor lse = Ops.where(
                exists,
                r.lse().orElseThrow(),
                Tensor.scalar(r.lse().orElseThrow().dtype(), 0));
        return named(r.o(), r.weights().orElseThrow(), lse);
    }

    private static Tensors named(Tensor o, Tensor p, Tensor lse) {
        return Tensors.of("o", o.permute(0, 2, 1, 3), "p", p, "lse", lse);
    }

    private static Tensor heads(GoldenCase c, String name) {
        return c.in().get(name).permute(0, 2, 1, 3);
    }

    /** Valid tokens [B] of queries ("q") or keys ("k"): query_padding_mask, key_mask, .. [B, T], or their lengths [B]. */
    private static Optional<Tensor> valid(GoldenCase c, String of) {
        Optional<String> name = c.in().names().stream()
                .filter(n -> n.length() > 1 && (n.startsWith(of) || n.endsWith("_" + of)))
                .findFirst();
        return name.map(n -> {
            Tensor given = c.in().get(n);
            return given.rank() == 1 ? given.cast(DType.I64) : lengths(c, n, given.cast(DType.BOOL));
        });
    }

    private static Tensor lengths(GoldenCase c, String name, Tensor mask) {
        Tensor lengths = mask.cast(DType.I64).sum(1);
        Tensor first = Ops.iota(DType.I64, mask.dim(1)).lt(lengths.unsqueeze(-1));
        if (!Arrays.equals(first.toBooleans(), mask.toBooleans())) {
            throw ZooException.unsupported(
                    "case " + c.name() + ": " + name + " must have its valid tokens first, as the authors' masks do");
        }
        return lengths;
    }

    /** The recorded draw; without one everything is kept, and the kept values are still scaled by 1 / (1 - p). */
    private static Optional<Tensor> keep(GoldenCase c, FlashAttention2Config config) {
        Optional<Tensor> recorded = c.in().find("dropout_mask").map(t -> t.cast(DType.BOOL));
        if (recorded.isPresent() || config.dropout() == 0) {
            return recorded;
        }
        Tensor q = c.in().get("q");
        return Optional.of(Tensor.ones(
                DType.BOOL, q.dim(0), q.dim(2), q.dim(1), c.in().get("k").dim(1)));
    }

    private static FlashAttention2Config config(GoldenCase c) {
        Tensor q = c.in().get("q");
        return new FlashAttention2Config(
                q.dim(2) * q.dim(3),
                q.dim(2),
                c.in().get("k").dim(2),
                c.flag("causal", false),
                c.integer("window_left", -1),
                c.integer("window_right", -1),
                c.number("softcap", 0),
                c.number("dropout_p", 0));
    }
}
