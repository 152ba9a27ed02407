package org.layerzoo.plugins.lightningattention2.check;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.linear.Slopes;
import org.layerzoo.plugins.lightningattention2.ScannedBlocks;

/** The Checks of the sheet of lightning attention 2. */
public final class LightningAttention2Checks {
    private static final double[] SLOPES = Slopes.ofLayer(2, 1, 4);

    private LightningAttention2Checks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: equals the dense masked form", LightningAttention2Checks::dense),
                new Check("check-2: worked example across a block", c -> Forms.halving(c, 2)),
                new Check("check-3: gradients equal autograd of the dense form", LightningAttention2Checks::gradients),
                new Check("check-4: s = 0 equals cumulative sums", LightningAttention2Checks::plain),
                new Check("check-5: off-by-one guard", LightningAttention2Checks::guard),
                new Check("check-6: block-size invariance", LightningAttention2Checks::blocks),
                new Check("check-7: the parallel scan equals the sequential form", LightningAttention2Checks::scanned),
                new Check("check-8: a very long run", LightningAttention2Checks::longRun));
    }

    private static Recurrence decayed(List<Tensor> x, double[] slopes) {
        return Fused.recur(x.get(0), x.get(1), x.get(2))
                .perHead(Slopes.decay(x.get(0).dtype(), slopes));
    }

    private static void dense(CheckContext c) {
        int b = 8;
        for (int n : new int[] {1, b - 1, b, b + 1, 3 * b + 5}) {
            List<Tensor> x = Forms.draw(c, DType.F32, 2, 2, n, 6, 5);
            Tensor mask = Forms.decayMask(SLOPES, n).cast(DType.F32);
            Tensor expected = Forms.dense(x.get(0), x.get(1), x.get(2), mask);
            c.close("n = " + n, decayed(x, SLOPES).chunked(b).run().o(), expected, 1e-5);
        }
    }

    private static void gradients(CheckContext c) {
        Forms.quadratic(
                c,
                Forms.draw(c, DType.F64, 1, 2, 29, 5, 9),
                r -> r.perHead(Slopes.decay(DType.F64, SLOPES)),
                Forms.decayMask(SLOPES, 29),
                1e-11,
                8);
    }

    private static void plain(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 1, 2, 27, 4, 5);
        Tensor kv = Ops.cumsum(x.get(1).unsqueeze(4).mul(x.get(2).unsqueeze(3)), 2);
        Tensor sums = kv.mul(x.get(0).unsqueeze(4)).sum(3);
        Recurrence noGate = Fused.recur(x.get(0), x.get(1), x.get(2)).chunked(8);
        c.close("own path", noGate.run().o(), sums, 1e-12);
        c.close("slope 0", decayed(x, new double[2]).chunked(8).run().o(), sums, 1e-12);
    }

    private static void guard(CheckContext c) {
        int b = 16;
        double[] first = new double[b + 1];
        double[] last = new double[b + 1];
        first[0] = 1;
        last[b] = 1;
        Tensor k = Tensor.of(first, 1, 1, b + 1, 1);
        double s = 0.3;
        Tensor o = decayed(List.of(Tensor.of(last, 1, 1, b + 1, 1), k, k), new double[] {s})
                .chunked(b)
                .run()
                .o();
        c.close("o_B", o.get(0, 0, b, 0), Math.exp(-s * b), 1e-12);
    }

    private static void blocks(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F32, 1, 2, 150, 8, 8);
        Tensor first = decayed(x, SLOPES).chunked(16).run().o();
        for (int b : new int[] {32, 64}) {
            c.close("blocks of " + b, decayed(x, SLOPES).chunked(b).run().o(), first, 1e-5);
        }
    }

    private static void scanned(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 2, 2, 45, 4, 5);
        Tensor cot = c.normal64("scan", 2, 2, 45, 5);
        List<Tensor> slopes = Forms.gradients(
                x, cot, y -> List.of(decayed(y, SLOPES).chunked(8).run().o()));
        for (int b : new int[] {8, 45, 64}) {
            c.close(
                    "blocks of " + b,
                    ScannedBlocks.of(x.get(0), x.get(1), x.get(2), SLOPES, b),
                    decayed(x, SLOPES).run().o(),
                    1e-12);
            List<Tensor> g =
                    Forms.gradients(x, cot, y -> List.of(ScannedBlocks.of(y.get(0), y.get(1), y.get(2), SLOPES, b)));
            for (int i = 0; i < 3; i++) {
                c.close("gradient " + i + ", blocks of " + b, g.get(i), slopes.get(i), 1e-11);
            }
        }
    }

    private static void longRun(CheckContext c) {
        int n = 100_000;
        int piece = 4_000;
        List<Tensor> x = Forms.draw(c, DType.F32, 1, 2, n, 4, 4);
        Tensor whole = decayed(x, SLOPES).chunked(64).run().o();
        c.finite("10^5 tokens", whole);
        Tensor state = Tensor.zeros(DType.F32, 1, 2, 4, 4);
        List<Tensor> parts = new ArrayList<>();
        for (int at = 0; at < n; at += piece) {
            int from = at;
            Recurrence.Recurred r = decayed(
                            x.stream().map(t -> t.slice(2, from, from + piece)).toList(), SLOPES)
                    .from(state)
                    .algorithm(new Algorithm.Recurrent())
                    .run();
            state = r.state();
            parts.add(r.o());
        }
        double e = Errors.relative(Ops.concat(2, parts), whole);
        c.isTrue("stream and blocks differ by " + e, e <= 1e-3);
    }
}
