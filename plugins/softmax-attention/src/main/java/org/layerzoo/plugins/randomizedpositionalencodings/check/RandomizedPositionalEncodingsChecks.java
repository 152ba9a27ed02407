package org.layerzoo.plugins.randomizedpositionalencodings.check;

import java.util.List;
import java.util.stream.LongStream;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.randomizedpositionalencodings.RandomPositions;
import org.layerzoo.plugins.randomizedpositionalencodings.RandomizedPositionalEncodingsConfig;
import org.layerzoo.plugins.randomizedpositionalencodings.RandomizedPositionalEncodingsConfig.Encoding;
import org.layerzoo.plugins.randomizedpositionalencodings.RandomizedPositionalEncodingsProvider;

/** The Checks of the sheet of randomized positional encodings. */
public final class RandomizedPositionalEncodingsChecks {
    private static final int DIM = 8;
    private static final int HEADS = 2;
    private static final List<Encoding> EVERY = List.of(
            new Encoding.Sincos(),
            new Encoding.Learned(),
            new Encoding.Rotary(),
            new Encoding.Relative(false),
            new Encoding.Relative(true),
            new Encoding.Alibi(false),
            new Encoding.Alibi(true));

    private RandomizedPositionalEncodingsChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: L = N leaves the ordinary encoding", RandomizedPositionalEncodingsChecks::onlyDraw),
                new Check(
                        "check-2: draws increase and every subset is equally likely",
                        RandomizedPositionalEncodingsChecks::statistics),
                new Check("check-3: seeds, repetition, one draw a batch", RandomizedPositionalEncodingsChecks::seeds),
                new Check("check-4: worked example of ALiBi", RandomizedPositionalEncodingsChecks::alibi),
                new Check(
                        "check-5: shifted table equals the double loop", RandomizedPositionalEncodingsChecks::relative),
                new Check(
                        "check-6: long sequences use positions seen in training",
                        RandomizedPositionalEncodingsChecks::range),
                new Check("check-7: order survives", RandomizedPositionalEncodingsChecks::order));
    }

    private static Model model(CheckContext c, int heads, int length, boolean randomized, Encoding e) {
        RandomizedPositionalEncodingsConfig config = new RandomizedPositionalEncodingsConfig(
                DIM, heads, length, randomized, 1e4, e, new RandomizedPositionalEncodingsConfig.Released(false));
        return Models.build(
                "",
                new RandomizedPositionalEncodingsProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    /** Tokens, or queries and keys. */
    private static Tensors example(CheckContext c, Model m, int batch, int t) {
        Tensors in = Tensors.empty();
        for (var port : m.signature().in()) {
            int[] dims =
                    port.axisNames().length == 3 ? new int[] {batch, t, DIM} : new int[] {batch, HEADS, t, DIM / HEADS};
            in = in.with(port.name(), c.draws().normal(port.name() + t, DType.F64, dims));
        }
        return in;
    }

    private static Tensor run(Model m, Tensors in, Draws draws) {
        Tensors out = m.forward(in, Call.eval().with(draws));
        return out.get(out.names().iterator().next());
    }

    private static void onlyDraw(CheckContext c) {
        int n = 11;
        for (Encoding e : EVERY) {
            Model random = model(c, HEADS, n, true, e);
            Model ordinary = model(c, HEADS, n, false, e);
            Tensors in = example(c, random, 2, n);
            c.same(e.toString(), run(random, in, c.draws()), run(ordinary, in, c.draws()));
        }
    }

    private static void statistics(CheckContext c) {
        int n = 5;
        int limit = 12;
        int times = 10_000;
        double[] included = new double[limit];
        double[] mean = new double[n];
        boolean ordered = true;
        for (int s = 0; s < times; s++) {
            long[] p = RandomPositions.ascending(c.draws().step(s), "draw", n, limit)
                    .toLongs();
            for (int j = 0; j < n; j++) {
                ordered &= p[j] >= 0 && p[j] < limit && (j == 0 || p[j] > p[j - 1]);
                included[(int) p[j]]++;
                mean[j] += (double) p[j] / times;
            }
        }
        c.isTrue("positions increase strictly within the range", ordered);
        double share = (double) n / limit;
        double chi = 0;
        for (double k : included) {
            chi += (k - times * share) * (k - times * share) / (times * share * (1 - share)) * (limit - 1) / limit;
        }
        // 11 degrees of freedom: above 52 with probability 2e-7.
        c.isTrue("inclusion of each position: chi-square " + chi, chi < 52);
        for (int j = 0; j < n; j++) {
            double expected = (j + 1) * (limit + 1.0) / (n + 1) - 1;
            c.isTrue(
                    "mean of position " + j + ": " + mean[j] + ", expected " + expected,
                    Math.abs(mean[j] - expected) < 0.01 * limit);
        }
    }

    private static void seeds(CheckContext c) {
        for (Encoding e : EVERY) {
            Model m = model(c, HEADS, 64, true, e);
            Tensors one = example(c, m, 1, 9);
            Tensor y = run(m, one, c.draws());
            c.same(e + " twice with one seed", run(m, one, c.draws()), y);
            c.isTrue(
                    e + " with another seed",
                    Errors.relative(run(m, one, c.draws().step(1)), y) > 1e-6);
            Tensor both = run(m, one.map(t -> Ops.concat(0, t, t)), c.draws());
            c.close(e + ", rows of a batch", both.slice(0, 1, 2), both.slice(0, 0, 1), 0);
        }
    }

    /** Distances 0, 3, 7 and the slope 1/2 of the first of eight heads. */
    private static void alibi(CheckContext c) {
        Model m = model(c, 8, 16, true, new Encoding.Alibi(false));
        Tensor zero = Tensor.zeros(DType.F64, 1, 8, 3, 1);
        Draws given = Draws.seeded(0).replacing(Tensors.of("right", Tensor.of(new long[] {6, 2}, 2)));
        Tensor bias =
                run(m, Tensors.of("q", zero, "k", zero), given).select(0, 0).select(0, 0);
        c.close("last row", bias.slice(0, 2, 3), Tensor.of(new double[] {-3.25, -1.25, 0}, 1, 3), 1e-12);
        c.close("first row", bias.slice(0, 0, 1), Tensor.of(new double[] {0, -1.5, -3.5}, 1, 3), 1e-12);
    }

    private static void relative(CheckContext c) {
        int t = 7;
        for (boolean bothSides : new boolean[] {false, true}) {
            Model m = model(c, HEADS, 30, true, new Encoding.Relative(bothSides));
            m.params()
                    .params()
                    .values()
                    .forEach(p -> p.set(c.normal64(p.path(), p.spec().shape().dims())));
            Tensors in = example(c, m, 1, t);
            Aux aux = Aux.collecting("offsets");
            Tensor scores = m.forward(in, Call.eval().with(c.draws()).with(aux)).get("scores");
            double[] offsets = aux.ports().get("offsets").toDoubles();
            c.equal("d_0", offsets[t - 1], 0.0);
            c.equal(
                    "symmetry of the sides",
                    offsets[0] == -offsets[2 * t - 2] && offsets[t - 2] == -offsets[t],
                    !bothSides);
            double[] expected = new double[HEADS * t * t];
            for (int i = 0; i < expected.length; i++) {
                int j = i / t % t;
                expected[i] = score(m, in, i / (t * t), j, i % t, offsets[i % t - j + t - 1]);
            }
            c.close("scores", scores, Tensor.of(expected, 1, HEADS, t, t), 1e-6);
        }
    }

    /** ((q_j + u) . k_i + (q_j + v) . (R(offset) W)) / sqrt(d) of head h. */
    private static double score(Model m, Tensors in, int h, int j, int i, double offset) {
        int d = DIM / HEADS;
        double sum = 0;
        for (int e = 0; e < d; e++) {
            double q = in.get("q").get(0, h, j, e);
            double key = 0;
            for (int r = 0; r < DIM; r++) {
                double angle = offset * Math.pow(1e4, -2.0 * (r % (DIM / 2)) / DIM);
                key += (r < DIM / 2 ? Math.sin(angle) : Math.cos(angle))
                        * m.params().param("linear_w").value().get(r, h * d + e);
            }
            sum += (q + m.params().param("relpos_contentbias").value().get(h, e))
                    * in.get("k").get(0, h, i, e);
            sum += (q + m.params().param("relpos_relativebias").value().get(h, e)) * key;
        }
        return sum / Math.sqrt(d);
    }

    private static void range(CheckContext c) {
        Model m = model(c, HEADS, 2048, true, new Encoding.Sincos());
        Aux aux = Aux.collecting("positions");
        m.forward(example(c, m, 1, 500), Call.eval().with(c.draws()).with(aux));
        long[] p = aux.ports().get("positions").toLongs();
        c.equal("positions", p.length, 500);
        c.isTrue("positions lie in 0..2047", LongStream.of(p).allMatch(v -> v >= 0 && v < 2048));
        Tensor offsets = RandomPositions.offsets(c.draws(), 500, 2048, true, false);
        c.isTrue("distances lie in 0..2047", Ops.abs(offsets).max().item() < 2048);
        c.refuses(
                "more tokens than positions",
                "a larger maxLength",
                () -> run(model(c, HEADS, 8, true, new Encoding.Sincos()), example(c, m, 1, 9), c.draws()));
    }

    /** Tokens 2 and 5 swapped: an encoding without order would give the same outputs swapped. */
    private static void order(CheckContext c) {
        Tensor swap = Tensor.of(new long[] {0, 1, 5, 3, 4, 2, 6}, 7);
        for (Encoding e : EVERY) {
            Model m = model(c, HEADS, 64, true, e);
            Tensors in = example(c, m, 1, 7);
            boolean scores = e instanceof Encoding.Relative || e instanceof Encoding.Alibi;
            int axis = in.names().contains("x") ? 1 : 2;
            Tensor y = Ops.indexSelect(run(m, in, c.draws()), axis, swap);
            Tensor blind = scores ? Ops.indexSelect(y, 3, swap) : y;
            Tensor seen = run(m, in.map(t -> Ops.indexSelect(t, axis, swap)), c.draws());
            c.isTrue(e + " tells the order", Errors.relative(seen, blind) > 1e-4);
        }
    }
}
