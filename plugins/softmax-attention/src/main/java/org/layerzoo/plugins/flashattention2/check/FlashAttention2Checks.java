package org.layerzoo.plugins.flashattention2.check;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Attended;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** The Checks of the FlashAttention-2 sheet. */
public final class FlashAttention2Checks {
    private FlashAttention2Checks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: equals the naive softmax", FlashAttention2Checks::equalsNaive),
                new Check("check-2: gradients equal the naive ones", FlashAttention2Checks::gradients),
                new Check("check-3: L equals logsumexp of the logits", FlashAttention2Checks::logSumExp),
                new Check("check-4: split invariance", FlashAttention2Checks::splits),
                new Check("check-5: large logits and fully masked rows", FlashAttention2Checks::extremes),
                new Check("check-6: causality and bottom-right alignment", FlashAttention2Checks::causality),
                new Check("check-7: peak extra memory is linear", FlashAttention2Checks::memory),
                new Check("check-8: dropout", FlashAttention2Checks::dropout));
    }

    /** Sizes around and across every tile size a kernel may choose; Tq != Tk; grouped heads. */
    private static final int[][] SIZES = {{1, 1}, {7, 64}, {63, 65}, {64, 64}, {65, 129}, {100, 37}, {130, 257}};

    private static Tensor[] qkv(CheckContext c, String name, int tq, int tk, int h, int hk, int d) {
        return new Tensor[] {
            c.normal(name + "q", 1, h, tq, d), c.normal(name + "k", 1, hk, tk, d), c.normal(name + "v", 1, hk, tk, d)
        };
    }

    private static Attended run(Tensor[] t, boolean causal) {
        Attention a = Fused.attend(t[0]).keys(t[1], t[2]);
        return (causal ? a.causal() : a).run();
    }

    private static void equalsNaive(CheckContext c) {
        for (int[] size : SIZES) {
            for (boolean causal : new boolean[] {false, true}) {
                Tensor[] t = qkv(c, size[0] + "x" + size[1], size[0], size[1], 4, 2, 16);
                NaiveAttention.Result expected = NaiveAttention.run(t[0], t[1], t[2], causal);
                c.close(
                        "o at " + size[0] + "x" + size[1] + (causal ? " causal" : ""),
                        run(t, causal).o(),
                        expected.o(),
                        1e-5);
            }
        }
        Tensor[] t = qkv(c, "bf16", 33, 65, 2, 1, 16);
        Tensor[] low = new Tensor[] {t[0].cast(DType.BF16), t[1].cast(DType.BF16), t[2].cast(DType.BF16)};
        c.close(
                "bf16",
                run(low, true).o(),
                NaiveAttention.run(low[0], low[1], low[2], true).o(),
                1e-2);
    }

    private static void gradients(CheckContext c) {
        Tensor[] t = qkv(c, "g", 65, 70, 4, 2, 8);
        Tensor cot = c.normal("cot", 1, 4, 65, 8);
        List<Tensor> fast = gradient(List.of(t), cot, false);
        Tensor[] wide = new Tensor[] {t[0].cast(DType.F64), t[1].cast(DType.F64), t[2].cast(DType.F64)};
        List<Tensor> naive = c.inReference(() -> gradient(List.of(wide), cot.cast(DType.F64), true));
        for (int i = 0; i < 3; i++) {
            c.close("gradient to " + "qkv".charAt(i), fast.get(i), naive.get(i), 1e-4);
        }
    }

    private static List<Tensor> gradient(List<Tensor> t, Tensor cot, boolean naive) {
        Tape tape = new Tape().watch(t);
        Tensor o = tape.record(
                () -> naive ? dense(t) : run(t.toArray(Tensor[]::new), true).o());
        return tape.gradient(List.of(o), List.of(cot), t);
    }

    /** softmax(q k^T / sqrt(d) + mask) v with every matrix in full, from primitives. */
    private static Tensor dense(List<Tensor> t) {
        Tensor q = t.get(0);
        int group = q.dim(1) / t.get(1).dim(1);
        List<Tensor> heads = new ArrayList<>();
        for (int h = 0; h < q.dim(1); h++) {
            Tensor s = q.select(1, h).matmulT(t.get(1).select(1, h / group)).div(Math.sqrt(q.dim(3)));
            Tensor i = Ops.iota(DType.I64, q.dim(2))
                    .unsqueeze(1)
                    .add(Tensor.scalar(DType.I64, t.get(1).dim(2) - q.dim(2)));
            Tensor visible = Ops.iota(DType.I64, t.get(1).dim(2)).unsqueeze(0).le(i);
            Tensor e = Ops.where(visible, Ops.exp(s.sub(Ops.stop(s.maxKeep(-1)))), Tensor.scalar(s.dtype(), 0));
            heads.add(e.div(e.sumKeep(-1)).matmul(t.get(2).select(1, h / group)));
        }
        return Ops.stack(1, heads);
    }

    private static void logSumExp(CheckContext c) {
        Tensor[] t = qkv(c, "l", 65, 97, 4, 4, 16);
        for (boolean causal : new boolean[] {false, true}) {
            c.close(
                    "L" + (causal ? " causal" : ""),
                    run(t, causal).lse().orElseThrow(),
                    NaiveAttention.run(t[0], t[1], t[2], causal).lse(),
                    1e-5);
        }
    }

    private static void splits(CheckContext c) {
        Tensor[] t = qkv(c, "s", 5, 91, 2, 2, 16);
        Tensor whole = run(t, false).o();
        for (int n : new int[] {1, 2, 7}) {
            List<Fused.Part> parts = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                int from = 91 * i / n;
                int to = 91 * (i + 1) / n;
                Attended a = run(new Tensor[] {t[0], t[1].slice(2, from, to), t[2].slice(2, from, to)}, false);
                parts.add(new Fused.Part(a.o(), a.lse().orElseThrow()));
            }
            c.close(n + " splits", Fused.mergeLse(parts).o(), whole, 1e-5);
        }
    }

    private static void extremes(CheckContext c) {
        Tensor[] t = qkv(c, "x", 33, 65, 2, 2, 8);
        Tensor[] large = new Tensor[] {t[0].mul(1e4), t[1], t[2]};
        c.finite("scores of 1e4", run(large, true).o());
        // 40 queries, 9 keys, aligned at the end: the first 31 queries see nothing.
        List<Tensor> m = List.of(c.normal("mq", 1, 2, 40, 8), c.normal("mk", 1, 2, 9, 8), c.normal("mv", 1, 2, 9, 8));
        Tape tape = new Tape().watch(m);
        Tensor o = tape.record(() -> run(m.toArray(Tensor[]::new), true).o());
        c.equal(
                "output of rows that see nothing",
                o.slice(2, 0, 31).pow(2).sum().item(),
                0.0);
        c.isTrue(
                "rows that see something have an output",
                o.slice(2, 31, 40).pow(2).sum().item() > 0);
        List<Tensor> g = tape.gradient(List.of(o), List.of(c.normal("mc", 1, 2, 40, 8)), m);
        c.equal(
                "gradient of rows that see nothing",
                g.get(0).slice(2, 0, 31).pow(2).sum().item(),
                0.0);
        for (Tensor x : g) {
            c.finite("gradient", x);
        }
    }

    private static void causality(CheckContext c) {
        Tensor[] t = qkv(c, "c", 50, 50, 2, 2, 8);
        Tensor before = run(t, true).o();
        Tensor later = Ops.concat(2, t[1].slice(2, 0, 30), c.normal("new", 1, 2, 20, 8));
        Tensor after = run(new Tensor[] {t[0], later, t[2]}, true).o();
        c.same("rows before the changed keys", after.slice(2, 0, 30), before.slice(2, 0, 30));
        Tensor last = t[0].slice(2, 49, 50);
        c.close(
                "one query sees every key",
                run(new Tensor[] {last, t[1], t[2]}, true).o(),
                run(new Tensor[] {last, t[1], t[2]}, false).o(),
                1e-6);
    }

    private static void memory(CheckContext c) {
        long small = extra(c, 512);
        long large = extra(c, 2048);
        // Four times the tokens: 4 times as much memory when linear, 16 times when a score matrix is held.
        c.isTrue(
                "extra memory grows from " + small + " to " + large + " bytes for 4 times the tokens",
                large <= 6 * small);
        c.isTrue("extra memory " + large + " is below a score matrix", large < 4L * 2048 * 2048);
    }

    private static long extra(CheckContext c, int t) {
        Tensor[] x = qkv(c, "m" + t, t, t, 1, 1, 8);
        return TensorScope.use(() -> {
            long before = Memory.liveBytes();
            Memory.resetPeak();
            run(x, true);
            return Memory.peakBytes() - before;
        });
    }

    private static void dropout(CheckContext c) {
        Tensor[] t = qkv(c, "d", 6, 9, 1, 1, 4);
        Tensor once = dropped(t, 5);
        c.same("one seed twice", dropped(t, 5), once);
        c.isTrue("another seed", org.layerzoo.core.op.Errors.relative(dropped(t, 6), once) > 1e-3);
        List<Tensor> x = List.of(t);
        Tape tape = new Tape().watch(x);
        Tensor o = tape.record(
                () -> Fused.attend(t[0]).keys(t[1], t[2]).dropout(0.3, 5, 0).o());
        Tensor cot = c.normal("dc", 1, 1, 6, 4);
        Tensor dv = tape.gradient(List.of(o), List.of(cot), x).get(2);
        // o is linear in v for a fixed mask, so <dv, v> = <cot, o> holds exactly when both passes drop the same
        // weights.
        c.close(
                "mask of the backward pass",
                dv.mul(t[2]).sum().item(),
                cot.mul(o).sum().item(),
                1e-4);
        Tensor mean = Ops.zerosLike(once);
        int seeds = 600;
        for (int s = 0; s < seeds; s++) {
            mean = mean.add(dropped(t, 100 + s));
        }
        c.close("mean over " + seeds + " seeds", mean.div(seeds), run(t, false).o(), 0.1);
    }

    private static Tensor dropped(Tensor[] t, long seed) {
        return Exec.with(
                Reference.INSTANCE,
                () -> Fused.attend(t[0]).keys(t[1], t[2]).dropout(0.3, seed, 0).o());
    }
}
