package org.layerzoo.plugins.randomizedpositionalencodings;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.randomizedpositionalencodings.RandomizedPositionalEncodingsConfig.Encoding;

/** Functions of the authors' models/positional_encodings.py with their draws as inputs; layout [B, T, H, d]. */
final class RandomizedPositionalEncodingsGolden {
    private static final RandomizedPositionalEncodingsConfig.Released AS_RELEASED =
            new RandomizedPositionalEncodingsConfig.Released(true);

    private final RandomizedPositionalEncodingsProvider provider;

    RandomizedPositionalEncodingsGolden(RandomizedPositionalEncodingsProvider provider) {
        this.provider = provider;
    }

    List<GoldenFunction> all() {
        return List.of(
                GoldenFunction.of("relative", c -> c.in().has("q"), this::relative),
                GoldenFunction.of("rotary", c -> c.in().has("x"), this::rotary),
                GoldenFunction.of("alibi", c -> c.has("H") && !c.has("d"), RandomizedPositionalEncodingsGolden::alibi),
                GoldenFunction.of("learned", c -> c.in().has("table") && c.in().has("draw"), this::learned),
                GoldenFunction.of("sinusoid", c -> c.has("D"), this::sinusoid));
    }

    /** Rows of the full table: a row is a position, less L when the table has a negative side. */
    private Tensors sinusoid(GoldenCase c) {
        int length = c.integer("L");
        boolean negative = c.flag("add_negative_side", false);
        Tensor rows = Ops.iota(DType.I64, negative ? 2 * length : length);
        Tensor all = negative ? rows.sub(Tensor.scalar(DType.I64, length)) : rows;
        Tensor table =
                RandomPositions.sinusoids(all, c.integer("D"), timescale(c)).cast(DType.F32);
        Optional<Tensor> draw = c.in().find("draw");
        if (draw.isEmpty()) {
            return Tensors.of("table", table);
        }
        inRange(c, "draw", draw.get(), 0, rows.dim(0) - 1);
        Tensor positions = negative ? draw.get().sub(Tensor.scalar(DType.I64, length)) : draw.get();
        int n = draw.get().dim(0);
        Call call = Call.eval().with(Draws.seeded(0).replacing(Tensors.of("draw", positions)));
        RandomizedPositionalEncodingsConfig config = new RandomizedPositionalEncodingsConfig(
                c.integer("D"), 1, rows.dim(0), true, timescale(c), new Encoding.Sincos(), AS_RELEASED);
        Tensor zero = Tensor.zeros(DType.F32, 1, n, c.integer("D"));
        Tensor enc = Golden.model(provider, config, c, Tensors.empty())
                .forward(Tensors.of("x", zero), call)
                .get("y");
        return Tensors.of("table", table, "enc", enc.squeeze(0));
    }

    /** noisy_fixed_positional_encodings of a given table [L, D]: its rows at the sorted draw. */
    private Tensors learned(GoldenCase c) {
        Tensor table = c.in().get("table");
        Tensor draw = required(c, "draw");
        inRange(c, "draw", draw, 0, table.dim(0) - 1);
        Call call = Call.eval().with(Draws.seeded(0).replacing(Tensors.of("draw", draw)));
        RandomizedPositionalEncodingsConfig config = new RandomizedPositionalEncodingsConfig(
                table.dim(1), 1, table.dim(0), true, timescale(c), new Encoding.Learned(), AS_RELEASED);
        Tensor zero = Tensor.zeros(table.dtype(), 1, draw.dim(0), table.dim(1));
        Tensor enc = Golden.model(provider, config, c, Tensors.of("embeddings", table))
                .forward(Tensors.of("x", zero), call)
                .get("y");
        return Tensors.of("enc", enc.squeeze(0));
    }

    private Tensors rotary(GoldenCase c) {
        Tensor x = c.in().get("x").permute(0, 2, 1, 3);
        boolean noisy = c.flag("noisy", c.in().has("draw"));
        Call call = Call.eval();
        if (noisy) {
            Tensor draw = required(c, "draw");
            inRange(c, "draw", draw, 0, c.integer("L") - 1);
            call = call.with(Draws.seeded(0).replacing(Tensors.of("draw", draw)));
        } else if (c.in().has("position")) {
            call = call.with(Seqs.at(c.in().get("position").cast(DType.I64)));
        }
        int d = x.dim(3);
        RandomizedPositionalEncodingsConfig config = config(c, x.dim(1), d, x.dim(2), noisy, new Encoding.Rotary());
        Tensors out = Golden.model(provider, config, c, Tensors.empty()).forward(Tensors.of("q", x, "k", x), call);
        return Tensors.of("y", out.get("q").permute(0, 2, 1, 3));
    }

    private Tensors relative(GoldenCase c) {
        Tensor q = c.in().get("q").permute(0, 2, 1, 3);
        Tensor k = c.in().get("k").permute(0, 2, 1, 3);
        boolean noisy = c.flag("noisy", false);
        if (c.flag("causal", false)) {
            if (noisy) {
                throw unmapped(c, "causal is not noisy in the release either: its shapes do not fit");
            }
            return Tensors.of("logits", causal(c, q, k));
        }
        boolean bothSides = c.flag("randomize_both_sides", false);
        Tensor bias = c.params().get("relpos_contentbias"); // [H, d]
        RandomizedPositionalEncodingsConfig config =
                config(c, bias.dim(0), bias.dim(1), q.dim(2), noisy, new Encoding.Relative(bothSides));
        Call call = noisy ? Call.eval().with(distances(c, q.dim(2), bothSides)) : Call.eval();
        Tensor scores = Golden.model(provider, config, c, c.params())
                .forward(Tensors.of("q", q, "k", k), call)
                .get("scores");
        return Tensors.of("logits", scores.mul(Math.sqrt(q.dim(3))));
    }

    /**
     * The causal form of the release, which our layer has not: offsets are numbered from the far end, so that key i is at
     * position T - 1 - j + i of query j. Keys behind the query hold what the shift leaves there (the caller masks them).
     */
    private static Tensor causal(GoldenCase c, Tensor q, Tensor k) {
        int b = q.dim(0);
        int h = q.dim(1);
        int t = q.dim(2);
        Tensor u = c.params().get("relpos_contentbias").unsqueeze(1);
        Tensor v = c.params().get("relpos_relativebias").unsqueeze(1);
        Tensor table = RandomPositions.sinusoids(Ops.iota(DType.I64, t), h * q.dim(3), timescale(c))
                .cast(q.dtype())
                .matmul(c.params().get("linear_w"));
        Tensor keys = table.reshape(t, h, q.dim(3)).permute(1, 0, 2);
        Tensor flat = Ops.padZero(q.add(v).matmulT(keys), 3, 1, 0).reshape(b, h, t * (t + 1));
        return q.add(u).matmulT(k).add(flat.slice(2, t, t * (t + 1)).reshape(b, h, t, t));
    }

    private static Tensors alibi(GoldenCase c) {
        int t = c.integer("T");
        boolean noisy = c.flag("noisy", c.in().size() > 0);
        boolean bothSides = c.flag("randomize_both_sides", false);
        Draws draws = noisy ? distances(c, t, bothSides) : Draws.seeded(0);
        Tensor offsets = RandomPositions.offsets(draws, t, c.integer("L", t), noisy, bothSides);
        return Tensors.of(
                "bias", DistanceLayer.alibi(offsets, c.integer("H"), t).cast(DType.F32));
    }

    /** The given draws, less 1: {@code right_draw} or {@code draw}, and {@code left_draw} when the sides differ. */
    private static Draws distances(GoldenCase c, int t, boolean bothSides) {
        Tensor right = side(c, c.in().has("right_draw") ? "right_draw" : "draw", t);
        Tensors given = Tensors.of("right", right);
        return Draws.seeded(0).replacing(bothSides ? given.with("left", side(c, "left_draw", t)) : given);
    }

    /** The t - 1 smallest sizes: a left draw of t has one that no query reaches. */
    private static Tensor side(GoldenCase c, String name, int t) {
        long[] d = LongStream.of(required(c, name).toLongs())
                .map(Math::abs)
                .sorted()
                .toArray();
        if (d.length < t - 1) {
            throw unmapped(c, name + " must hold " + (t - 1) + " distances, given " + d.length);
        }
        inRange(c, name, Tensor.of(d, d.length), 1, c.integer("L") - 1);
        return Tensor.of(LongStream.of(d).limit(t - 1).map(v -> v - 1).toArray(), t - 1);
    }

    private static void inRange(GoldenCase c, String name, Tensor draw, int from, int to) {
        long[] d = draw.toLongs();
        boolean outside = Arrays.stream(d).anyMatch(v -> v < from || v > to);
        if (outside || Arrays.stream(d).distinct().count() != d.length) {
            throw unmapped(
                    c, name + " must hold distinct numbers in " + from + ".." + to + ", given " + Arrays.toString(d));
        }
    }

    private static Tensor required(GoldenCase c, String name) {
        return c.in().find(name)
                .orElseThrow(() -> unmapped(c, "input " + name + " is missing: given " + c.in().names()));
    }

    private static RandomizedPositionalEncodingsConfig config(
            GoldenCase c, int heads, int d, int t, boolean noisy, Encoding encoding) {
        return new RandomizedPositionalEncodingsConfig(
                heads * d, heads, Math.max(1, c.integer("L", t)), noisy, timescale(c), encoding, AS_RELEASED);
    }

    private static double timescale(GoldenCase c) {
        return c.number("max_timescale", c.number("max_time", 1e4));
    }

    private static ZooException unmapped(GoldenCase c, String why) {
        return new ZooException(ErrorCode.BAD_CONFIG, "case " + c.name() + ": " + why);
    }
}
