package org.layerzoo.plugins.longhorn.check;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.exec.GradCheck;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.scan.Selective;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.plugins.longhorn.LonghornConfig;
import org.layerzoo.plugins.longhorn.LonghornProvider;
import org.layerzoo.plugins.longhorn.OnlineLearner;

/** The Checks of the Longhorn sheet. */
public final class LonghornChecks {
    private LonghornChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: decays lie in (0, 1] for any input", LonghornChecks::stable),
                new Check("check-2: diagonal equals exact for one-hot keys, worked example", LonghornChecks::worked),
                new Check("check-3: the exact form solves the proximal problem", LonghornChecks::proximal),
                new Check("check-4: beta of 0 forgets nothing, large beta recalls", LonghornChecks::limits),
                new Check("check-5: scan equals recurrent step equals chunked, causal", LonghornChecks::forms),
                new Check("check-6: gradient through delta", LonghornChecks::gradients));
    }

    /** x, beta before its sigmoid [B, T, E], k, q [B, T, N]. */
    private record Inputs(Tensor x, Tensor raw, Tensor k, Tensor q) {
        static Inputs draw(CheckContext c, DType dtype, int t, int e, int n) {
            return new Inputs(
                    c.draws().normal("x", dtype, 2, t, e),
                    c.draws().normal("raw", dtype, 2, t, e),
                    c.draws().normal("k", dtype, 2, t, n),
                    c.draws().normal("q", dtype, 2, t, n));
        }

        Tensor delta() {
            return OnlineLearner.delta(Ops.sigmoid(raw), k);
        }

        Selective scan() {
            return OnlineLearner.diagonal(x, delta(), k, q);
        }
    }

    private static void stable(CheckContext c) {
        for (double size : new double[] {1e-4, 1, 1e4}) {
            Tensor k = c.normal("k", 1, 200, 16);
            Tensor scaled = k.mul(size).div(Ops.sqrt(Ops.square(k).sumKeep(-1)));
            Tensor delta =
                    OnlineLearner.delta(Ops.sigmoid(c.normal("beta", 1, 200, 8).mul(9)), scaled);
            Tensor decay = delta.unsqueeze(3)
                    .mul(Ops.square(scaled).unsqueeze(2))
                    .neg()
                    .add(1);
            c.isTrue("at |k| = " + size + " at most 1", decay.max().item() <= 1);
            c.isTrue("and above 0, given " + decay.min().item(), decay.min().item() > 0);
        }
    }

    private static Tensor rows(double[] values, int n) {
        return Tensor.of(values, 1, values.length / n, n);
    }

    private static void worked(CheckContext c) {
        Tensor k = rows(new double[] {1, 0, 1, 1}, 2);
        Tensor x = rows(new double[] {2, 3}, 1);
        Tensor delta = OnlineLearner.delta(Tensor.full(DType.F64, 0.5, 1, 2, 1), k);
        c.close("delta", delta, rows(new double[] {1 / 3.0, 0.25}, 1), 1e-12);
        Tensor zero = Tensor.zeros(DType.F64, 1, 1, 2);
        Tensor first = OnlineLearner.diagonal(
                        x.slice(1, 0, 1), delta.slice(1, 0, 1), k.slice(1, 0, 1), k.slice(1, 0, 1))
                .run()
                .state();
        c.close("first step", first, rows(new double[] {2 / 3.0, 0}, 2), 1e-12);
        c.close(
                "diagonal",
                OnlineLearner.diagonal(x, delta, k, k).run().state(),
                rows(new double[] {1.25, 0.75}, 2),
                1e-12);
        Tensor exact = OnlineLearner.exact(x, delta, k, k, zero).state();
        c.close("exact", exact, rows(new double[] {1.25, 7 / 12.0}, 2), 1e-12);

        Inputs in = Inputs.draw(c, DType.F64, 20, 3, 4);
        Tensor hot = Ops.oneHot(c.draws().integers("which", 0, 4, 2, 20), 4, DType.F64)
                .mul(in.k);
        Tensor d = OnlineLearner.delta(Ops.sigmoid(in.raw), hot);
        c.close(
                "keys with one entry",
                OnlineLearner.diagonal(in.x, d, hot, in.q).run().y(),
                OnlineLearner.exact(in.x, d, hot, in.q, Tensor.zeros(DType.F64, 2, 3, 4))
                        .y(),
                1e-12);
    }

    /** (s_t - s_{t-1}) + beta (s_t.k - x) k = 0. */
    private static void proximal(CheckContext c) {
        Inputs in = Inputs.draw(c, DType.F64, 1, 6, 5);
        Tensor before = c.normal64("s0", 2, 6, 5);
        Tensor after = OnlineLearner.exact(in.x, in.delta(), in.k, in.q, before).state();
        Tensor k = in.k.select(1, 0).unsqueeze(1);
        Tensor wrong = after.mul(k).sum(2).sub(in.x.select(1, 0));
        Tensor pull = Ops.sigmoid(in.raw.select(1, 0)).mul(wrong).unsqueeze(2).mul(k);
        c.close("movement and pull cancel", after.sub(before), pull.neg(), 1e-10);
    }

    private static void limits(CheckContext c) {
        Inputs in = Inputs.draw(c, DType.F64, 9, 3, 4);
        Tensor s0 = c.normal64("s0", 2, 3, 4);
        Tensor none = OnlineLearner.delta(Ops.zerosLike(in.x), in.k);
        c.same(
                "beta of 0",
                OnlineLearner.diagonal(in.x, none, in.k, in.q).from(s0).run().state(),
                s0);
        c.same(
                "exact, beta of 0",
                OnlineLearner.exact(in.x, none, in.k, in.q, s0).state(),
                s0);
        Tensor hot = Ops.oneHot(c.draws().integers("which", 0, 4, 2, 9), 4, DType.F64)
                .mul(1.5);
        Tensor large = OnlineLearner.delta(Tensor.full(DType.F64, 1e12, 2, 9, 3), hot);
        c.close(
                "recall",
                OnlineLearner.diagonal(in.x, large, hot, hot).from(s0).run().y(),
                in.x,
                1e-9);
    }

    private static Model model(CheckContext c, boolean exact) {
        LonghornConfig config = new LonghornConfig(6, 4, 4, 2, Optional.of(2), true, false, exact);
        return Models.build(
                "",
                new LonghornProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static void forms(CheckContext c) {
        Inputs narrow = Inputs.draw(c, DType.F32, 77, 5, 4);
        Tensor expected = naive(narrow);
        for (int chunk : new int[] {1, 16, 77}) {
            c.close(
                    "chunks of " + chunk + " in float32",
                    narrow.scan().chunk(chunk).run().y(),
                    expected,
                    1e-5);
        }
        Tensors x = Tensors.of("x", c.normal64("tokens", 2, 23, 6));
        for (boolean exact : new boolean[] {false, true}) {
            Model m = model(c, exact);
            Forms.streams(c, m, x, 1e-10);
            Forms.causal(c, m, x, 11);
        }
        Forms.agree(c, model(c, false), x, 1e-10, 1, 7, 64);
    }

    /** The formula of the sheet, token by token with the whole state. */
    private static Tensor naive(Inputs in) {
        Tensor delta = in.delta();
        Tensor s = Tensor.zeros(DType.F32, in.x.dim(0), in.x.dim(2), in.k.dim(2));
        Tensor[] y = new Tensor[in.x.dim(1)];
        for (int t = 0; t < y.length; t++) {
            Tensor k = in.k.select(1, t).unsqueeze(1);
            Tensor d = delta.select(1, t).unsqueeze(2);
            s = s.mul(d.mul(Ops.square(k)).neg().add(1))
                    .add(d.mul(in.x.select(1, t).unsqueeze(2)).mul(k));
            y[t] = s.mul(in.q.select(1, t).unsqueeze(1)).sum(2);
        }
        return Ops.stack(1, List.of(y));
    }

    private static void gradients(CheckContext c) {
        Inputs in = Inputs.draw(c, DType.F64, 6, 2, 3);
        double[] errors = GradCheck.check(
                x -> List.of(new Inputs(x.get(0), x.get(1), x.get(2), x.get(3))
                        .scan()
                        .run()
                        .y()),
                List.of(in.x, in.raw, in.k, in.q),
                1);
        String[] names = {"x", "beta", "k", "q"};
        for (int i = 0; i < errors.length; i++) {
            c.isTrue("gradient to " + names[i] + " off by " + errors[i], errors[i] < 1e-6);
        }
    }
}
