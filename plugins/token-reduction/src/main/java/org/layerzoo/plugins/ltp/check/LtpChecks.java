package org.layerzoo.plugins.ltp.check;

import java.util.List;
import java.util.stream.IntStream;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.ltp.LtpConfig;
import org.layerzoo.plugins.ltp.LtpConfig.Pruning;
import org.layerzoo.plugins.ltp.LtpProvider;
import org.layerzoo.plugins.ltp.Pruner;

/** The Checks of the learned token pruning sheet. */
public final class LtpChecks {
    private LtpChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: theta = 0 is the unpruned model", LtpChecks::zeroThreshold),
                new Check("check-2: uniform attention gives 1/N to all", LtpChecks::uniform),
                new Check("check-3: the sum of scores is (alive queries)/N", LtpChecks::sum),
                new Check("check-4: tau -> 0 tends to the hard mask", LtpChecks::temperature),
                new Check("check-5: monotone", LtpChecks::monotone),
                new Check("check-6: packed execution equals masked execution", LtpChecks::packed),
                new Check("check-7: dM/dtheta < 0, the regulariser pushes theta up", LtpChecks::regulariser),
                new Check("check-8: different inputs keep different counts", LtpChecks::adaptive));
    }

    /** In F64, weights large enough for attention that differs between tokens; one seed gives one encoder. */
    private static Model model(CheckContext c, int depth, Pruning pruning, boolean compact) {
        LtpConfig config = new LtpConfig(8, 2, depth, 12, pruning, false, compact, 1e-5);
        Model m = Models.build(
                "",
                new LtpProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
        m.params().params().values().stream()
                .filter(p -> p.path().endsWith("query.weight") || p.path().endsWith("key.weight"))
                .forEach(p -> p.set(p.value().mul(20)));
        return m;
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    private static Tensor alive(Model m, Tensor x, Seqs seqs) {
        Aux aux = Aux.collecting("alive");
        m.forward(Tensors.of("x", x), Call.eval().with(seqs).with(aux));
        return aux.ports().get("alive");
    }

    private static Tensor scores(Model m, Tensor x, Seqs seqs, int layer) {
        Taps.Recorder r = Taps.recording("layer." + layer + ".scores");
        m.forward(Tensors.of("x", x), Call.eval().with(seqs).with(r));
        return r.seen().get("layer." + layer + ".scores");
    }

    private static void delta(Model m, int layer, double value) {
        m.params().param("layer." + layer + ".pruner.keep_threshold").set(Tensor.of(new double[] {value}, 1));
    }

    private static void zeroThreshold(CheckContext c) {
        Tensor x = c.normal64("x", 2, 9, 8);
        Tensor plain = run(model(c, 3, new Pruning.None(), false), x);
        c.same("hard", run(model(c, 3, new Pruning.Hard(0), false), x), plain);
        c.close(
                "soft with tau far below the scores",
                run(model(c, 3, new Pruning.Soft(0, 1e-6, 0), false), x),
                plain,
                1e-9);
        c.isTrue(
                "a threshold matters",
                Errors.relative(run(model(c, 3, new Pruning.Hard(0.5), false), x), plain) > 1e-3);
    }

    private static void uniform(CheckContext c) {
        Model m = model(c, 1, new Pruning.Hard(0), false);
        m.params().param("layer.0.attention.self.query.weight").set(Tensor.zeros(DType.F64, 8, 8));
        Tensor x = c.normal64("x", 2, 11, 8);
        Seqs seqs = Seqs.padded(Tensor.of(new long[] {11, 7}, 2));
        Tensor s = scores(m, x, seqs, 0);
        c.close("N = 11", s.select(0, 0), Tensor.full(DType.F64, 1.0 / 11, 11), 1e-12);
        c.close("N = 7 of 11 places", s.select(0, 1).slice(0, 0, 7), Tensor.full(DType.F64, 1.0 / 7, 7), 1e-12);
        delta(m, 0, 1.001 / 7);
        c.close("just above 1/7", alive(m, x, seqs).sum(1), Tensor.of(new double[] {1, 1}, 2), 0);
        delta(m, 0, 0.999 / 7);
        c.close("just below 1/7", alive(m, x, seqs).sum(1), Tensor.of(new double[] {1, 7}, 2), 0);
        delta(m, 0, 0.999 / 11);
        c.close("just below 1/11", alive(m, x, seqs).sum(1), Tensor.of(new double[] {11, 7}, 2), 0);
        // The guard asks for the first token even where another one has the largest score.
        Tensor score = Tensor.of(new double[] {0.1, 0.6, 0.3}, 1, 3);
        Tensor all = Tensor.of(new boolean[] {true, true, true}, 1, 3);
        boolean[] left = Pruner.guarded(score.ge(2), score, all, true).toBooleans();
        c.equal("guarded tokens", left[0] + " " + left[1] + " " + left[2], "true true false");
    }

    private static void sum(CheckContext c) {
        Tensor probs = Ops.exp(c.normal64("p", 2, 3, 5, 5));
        probs = probs.div(probs.sumKeep(3));
        boolean[] there = {true, true, true, true, true, true, false, true, false, true};
        Tensor s = Pruner.received(probs, Tensor.of(there, 2, 5));
        for (int b = 0; b < 2; b++) {
            for (int i = 0; i < 5; i++) {
                double loop = 0;
                for (int h = 0; h < 3; h++) {
                    for (int j = 0; j < 5; j++) {
                        loop += there[5 * b + j] ? probs.get(b, h, j, i) : 0;
                    }
                }
                c.close("received by token " + i, s.get(b, i), loop, 1e-12);
            }
        }
        c.close("sum over tokens", s.sum(1).div(3 * 5), Tensor.of(new double[] {1, 0.6}, 2), 1e-12);
        Model m = model(c, 2, new Pruning.Hard(0), false);
        Tensor x = c.normal64("x", 1, 12, 8);
        delta(m, 0, 1.0 / 12);
        Tensor second = scores(m, x, Seqs.whole(), 1);
        long queries = IntStream.range(0, 12).filter(i -> second.get(0, i) > 0).count();
        c.isTrue("some, but not all of 12 tokens are left: " + queries, queries > 1 && queries < 12);
        c.close("sum of the second layer's scores", second.sum().item(), queries / 12.0, 1e-12);
    }

    private static void temperature(CheckContext c) {
        Tensor theta = Tensor.of(new double[] {0.01}, 1);
        Tensor pair = Tensor.of(new double[] {0.012, 0.008}, 1, 2);
        c.close(
                "tau = 1e-3",
                Pruner.soft(pair, theta, 1e-3),
                Tensor.of(new double[] {0.8807971, 0.1192029}, 1, 2),
                1e-7);
        Tensor s = Ops.abs(c.normal64("s", 4, 30)).mul(0.02);
        Tensor alive = s.ge(0);
        Tensor hard = Pruner.absolute(s, alive, theta).cast(DType.F64);
        double before = Double.POSITIVE_INFINITY;
        for (double tau : new double[] {1e-2, 1e-3, 1e-4, 1e-5}) {
            double off = Ops.abs(Pruner.soft(s, theta, tau).sub(hard)).sum().item();
            c.isTrue("nearer to the hard mask at tau = " + tau, off < before);
            before = off;
        }
        c.close("tau = 1e-9", Pruner.soft(s, theta, 1e-9), hard, 1e-6);
    }

    private static void monotone(CheckContext c) {
        Model m = model(c, 4, new Pruning.Hard(0.12), false);
        Tensor x = c.normal64("x", 3, 14, 8);
        boolean[] before = null;
        for (int l = 0; l < 4; l++) {
            boolean[] now = scores(m, x, Seqs.whole(), l).gt(0).toBooleans();
            for (int i = 0; i < now.length; i++) {
                c.isTrue("token " + i + " comes back in layer " + l, before == null || before[i] || !now[i]);
            }
            before = now;
        }
        Tensor s = Ops.abs(c.normal64("s", 2, 40)).mul(0.05);
        Tensor alive = s.ge(0);
        Tensor wider = Pruner.absolute(s, alive, Tensor.of(new double[] {0.005}, 1));
        for (double theta = 0.01; theta < 0.12; theta += 0.01) {
            Tensor now = Pruner.absolute(s, alive, Tensor.of(new double[] {theta}, 1));
            c.isTrue("theta = " + theta, !Ops.any(now.and(wider.not())).toBooleans()[0]);
            wider = now;
        }
    }

    private static void packed(CheckContext c) {
        Tensor x = c.normal64("x", 3, 13, 8);
        Seqs padded = Seqs.padded(Tensor.of(new long[] {13, 5, 9}, 3));
        List<Pruning> rules = List.of(
                new Pruning.Hard(0.12), new Pruning.TopK(0.4), new Pruning.Rising(0.8), new Pruning.Soft(0.1, 0.02, 0));
        for (Pruning p : rules) {
            Model masked = model(c, 5, p, false);
            Model compact = model(c, 5, p, true);
            for (Seqs s : List.of(Seqs.whole(), padded)) {
                Tensor left = alive(masked, x, s);
                c.same("tokens left by " + p, alive(compact, x, s), left);
                Call call = Call.eval().with(s);
                Tensor y = masked.forward(Tensors.of("x", x), call).get("y");
                c.close(
                        "outputs with " + p,
                        compact.forward(Tensors.of("x", x), call).get("y"),
                        y,
                        1e-10);
                boolean soft = p instanceof Pruning.Soft;
                c.isTrue("some tokens go", soft || left.sum().item() < (s == padded ? 27 : 39));
            }
        }
    }

    private static void regulariser(CheckContext c) {
        Tensor s = Ops.abs(c.normal64("s", 2, 20)).mul(0.02);
        Tensor low = Pruner.soft(s, Tensor.of(new double[] {0.01}, 1), 5e-3);
        Tensor high = Pruner.soft(s, Tensor.of(new double[] {0.011}, 1), 5e-3);
        c.isTrue("raising theta lowers every M", Ops.all(high.lt(low)).toBooleans()[0]);
        Model m = model(c, 1, new Pruning.Soft(0.1, 0.05, 0.1), false);
        Tensor x = c.normal64("x", 2, 10, 8);
        Tensor theta = m.params().param("layer.0.pruner.keep_threshold").value();
        Tape tape = new Tape().watch(theta);
        Aux aux = Aux.collecting();
        Tensor loss = tape.record(() -> {
            m.forward(Tensors.of("x", x), Call.eval().with(aux));
            return aux.addTo(Aux.zero(DType.F64));
        });
        Tensor mean = Pruner.soft(scores(m, x, Seqs.whole(), 0), theta, 0.05).mean();
        c.close("the loss is lambda times the mean mask", loss.item(), 0.1 * mean.item(), 1e-12);
        double slope = tape.gradient(loss, List.of(theta)).getFirst().item();
        c.isTrue("descent raises theta: slope " + slope, slope < 0);
    }

    private static void adaptive(CheckContext c) {
        // Row 0 is nearly uniform, row 1 has few tokens that everybody attends to.
        Tensor x = Ops.concat(
                0,
                c.normal64("flat", 1, 16, 8).mul(0.01),
                c.normal64("peaked", 1, 16, 8).mul(4));
        Model hard = model(c, 1, new Pruning.Hard(0), false);
        delta(hard, 0, 0.8 / 16);
        Tensor left = alive(hard, x, Seqs.whole()).sum(1);
        c.close("tokens left of the uniform row", left.get(0), 16, 0);
        c.isTrue("fewer of the peaked row: " + left.get(1), left.get(1) < 12);
        Tensor equal = alive(model(c, 4, new Pruning.TopK(0.5), false), x, Seqs.whole())
                .sum(1);
        c.close("top-k", equal, Tensor.of(new double[] {8, 8}, 2), 0);
    }
}
