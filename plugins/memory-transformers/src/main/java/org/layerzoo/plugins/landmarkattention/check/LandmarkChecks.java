package org.layerzoo.plugins.landmarkattention.check;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Qkv;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.memory.GroupedSoftmax;
import org.layerzoo.nn.memory.RetrievedBlocks;
import org.layerzoo.plugins.landmarkattention.LandmarkConfig;
import org.layerzoo.plugins.landmarkattention.LandmarkConfig.Retrieval;
import org.layerzoo.plugins.landmarkattention.LandmarkProvider;

/** The Checks of the landmark attention sheet. */
public final class LandmarkChecks {
    private LandmarkChecks() {}

    public static List<Check> all() {
        List<Check> all = new ArrayList<>(List.of(
                new Check("check-1: worked example", LandmarkChecks::worked),
                new Check("check-2: rows sum to 1, landmarks weigh 0", LandmarkChecks::sums),
                new Check("check-3: one block is causal attention", LandmarkChecks::oneBlock),
                new Check("check-4: retrieval of all blocks equals the full softmax", LandmarkChecks::everything),
                new Check("check-5: block by block equals dense, gradients too", LandmarkChecks::forms),
                new Check("check-6: a landmark gates its block", LandmarkChecks::gate),
                new Check("check-7: causality; what isn't retrieved doesn't count", LandmarkChecks::unread),
                new Check("check-8: positions stay bounded", LandmarkChecks::positions)));
        all.addAll(InsertionChecks.all());
        return all;
    }

    /** Weights by the block form: values are the unit vectors. */
    private static Tensor weights(Tensor q, Tensor k, int block) {
        int t = k.dim(2);
        Tensor unit = Ops.oneHot(Ops.iota(DType.I64, t), t, DType.F64)
                .reshape(1, 1, t, t)
                .expand(k.dim(0), k.dim(1), t, t);
        return GroupedSoftmax.rows(q, k, unit, 0, block, 1).o();
    }

    private static void worked(CheckContext c) {
        Tensor k = Tensor.of(new double[] {0, Math.log(3), Math.log(2), 0, 0}, 1, 1, 5, 1);
        Tensor q = Tensor.ones(DType.F64, 1, 1, 5, 1);
        Tensor expected = Tensor.of(new double[] {0.125, 0.375, 0, 0.25, 0.25}, 1, 1, 5);
        c.close("block by block", weights(q, k, 2).select(2, 4), expected, 1e-12);
        c.close("dense", GroupedSoftmax.weights(q.matmulT(k), 2).select(2, 4), expected, 1e-12);
    }

    private static void sums(CheckContext c) {
        Tensor q = c.normal64("q", 2, 2, 23, 4);
        Tensor k = c.normal64("k", 2, 2, 23, 4);
        for (Tensor w : List.of(weights(q, k, 3), GroupedSoftmax.weights(q.matmulT(k), 3))) {
            c.close("rows", w.sum(3), Tensor.ones(DType.F64, 2, 2, 23), 1e-12);
            c.close("landmarks", w.slice(3, 3, 23, 4), Tensor.zeros(DType.F64, 2, 2, 23, 5), 0);
        }
    }

    private static void oneBlock(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 2, 2, 7, 4, 5);
        Tensor o = GroupedSoftmax.rows(x.get(0), x.get(1), x.get(2), 0, 7, 0.5).o();
        c.close("causal attention", o, Fused.attendCausal(x.get(0), x.get(1), x.get(2)), 1e-12);
    }

    private static Model model(CheckContext c, Retrieval r) {
        return Models.build(
                "",
                new LandmarkProvider(),
                new LandmarkConfig(8, 2, 3, 10000, r),
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static void everything(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 30, 8));
        for (RetrievedBlocks.Scope s : RetrievedBlocks.Scope.values()) {
            Forms.streams(c, model(c, new Retrieval.TopK(9, 2, s)), x, 1e-10);
        }
        Forms.streams(c, model(c, new Retrieval.All()), x, 1e-10);
    }

    private static void forms(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 2, 2, 22, 4, 5);
        Tensor cot = c.normal64("cot", 2, 2, 22, 5);
        Tensor o = GroupedSoftmax.rows(x.get(0), x.get(1), x.get(2), 0, 4, 0.5).o();
        c.close("values", o, dense(x), 1e-10);
        List<Tensor> expected = Forms.gradients(x, cot, y -> List.of(dense(y)));
        List<Tensor> given = Forms.gradients(
                x,
                cot,
                y -> List.of(GroupedSoftmax.rows(y.get(0), y.get(1), y.get(2), 0, 4, 0.5)
                        .o()));
        for (int i = 0; i < 3; i++) {
            c.close("gradient " + i, given.get(i), expected.get(i), 1e-9);
        }
        List<Tensor> narrow = x.stream().map(t -> t.cast(DType.F32)).toList();
        Tensor f = GroupedSoftmax.rows(narrow.get(0), narrow.get(1), narrow.get(2), 0, 4, 0.5)
                .o();
        c.close("in float32", f, o.cast(DType.F32), 1e-5);
    }

    private static Tensor dense(List<Tensor> x) {
        return GroupedSoftmax.weights(x.get(0).matmulT(x.get(1)).mul(0.5), 4).matmul(x.get(2));
    }

    private static void gate(CheckContext c) {
        Tensor q = c.normal64("q", 1, 1, 12, 4);
        Tensor k = c.normal64("k", 1, 1, 12, 4);
        Tensor logits = q.matmulT(k);
        Tensor w = GroupedSoftmax.weights(logits, 3);
        // Row 10 sees its own tokens 8, 9, 10 and the landmarks 3 and 7.
        double[] row = logits.select(2, 10).toDoubles();
        double sum = 0;
        for (int j : new int[] {3, 7, 8, 9, 10}) {
            sum += Math.exp(row[j]);
        }
        c.close("weight on block 0", w.select(2, 10).slice(2, 0, 3).sum().item(), Math.exp(row[3]) / sum, 1e-12);
        Tensor closed = Ops.concat(
                3, logits.slice(3, 0, 3), Ops.onesLike(logits.slice(3, 3, 4)).mul(-1e9), logits.slice(3, 4, 12));
        Tensor shut = GroupedSoftmax.weights(closed, 3).slice(2, 4, 12);
        c.close("a closed block", shut.slice(3, 0, 3), Tensor.zeros(DType.F64, 1, 1, 8, 3), 0);
        c.close("the rest", shut.sum(3), Tensor.ones(DType.F64, 1, 1, 8), 1e-12);
    }

    private static Tensor last(Model m, Tensor x) {
        State s = ((Streaming) m.layer()).open(Opening.of(1).with(DType.F64));
        Tensor y = ((Streaming) m.layer())
                .advance(Tensors.of("x", x), s, Call.eval())
                .get("y");
        return y.select(1, y.dim(1) - 1);
    }

    private static void unread(CheckContext c) {
        Tensor x = c.normal64("x", 1, 30, 8);
        Forms.causal(c, model(c, new Retrieval.All()), Tensors.of("x", x), 13);
        Model m = model(c, new Retrieval.TopK(1, 1, RetrievedBlocks.Scope.TOKEN));
        Tensor y = last(m, x);
        int moved = 0;
        for (int b = 0; b < 7; b++) {
            Tensor other = c.normal64("block " + b, 1, 3, 8);
            Tensor changed = Ops.concat(1, x.slice(1, 0, 4 * b), other, x.slice(1, 4 * b + 3, 30));
            moved += Ops.abs(last(m, changed).sub(y)).max().item() == 0 ? 0 : 1;
        }
        c.isTrue("two heads of one block each read " + moved + " of 7 blocks", moved >= 1 && moved <= 2);
    }

    private static void positions(CheckContext c) {
        long[] most = {0};
        Qkv.Rotation watch = (t, p) -> {
            most[0] = Math.max(most[0], (long) p.cast(DType.F64).max().item());
            return Rope.halves(10000).rotate(t, p);
        };
        RetrievedBlocks.By by = new RetrievedBlocks.By(2, RetrievedBlocks.Scope.TOKEN);
        Tensor k = c.normal64("k", 1, 2, 80, 4);
        Tensor v = c.normal64("v", 1, 2, 80, 4);
        new RetrievedBlocks(k, v, 3, by, watch, 0.5).parts(c.normal64("q", 1, 2, 5, 4));
        int start = RetrievedBlocks.windowStart(by, 4);
        c.isTrue("keys of the past lie before the window: " + most[0], most[0] > 0 && most[0] < start);
        // The window of 3 blocks follows: (k + 1) (l + 1) + window is the end.
        c.equal("first position of the window", start, (by.k() + 1) * 4);
    }
}
