package org.layerzoo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

class VisionTest {
    private final Draws draws = Draws.seeded(7);

    @Test
    void dropPathDropsWholeSamplesAndKeepsTheMean() {
        Tensor x = Tensor.ones(DType.F64, 4000, 2, 3);
        Tensor y = new DropPath("drop", 0.25).apply(x, Call.train(0, draws));
        double[] v = y.toDoubles();
        for (int b = 0; b < 4000; b++) {
            for (int i = 1; i < 6; i++) {
                assertEquals(v[6 * b], v[6 * b + i], "sample " + b + " is dropped as a whole");
            }
            assertTrue(v[6 * b] == 0 || Math.abs(v[6 * b] - 1 / 0.75) < 1e-12);
        }
        // Standard error of the mean of 4000 draws: sqrt(0.25 / 0.75 / 4000) = 0.009.
        assertEquals(1, y.mean().item(), 0.04);
    }

    @Test
    void dropPathIsTheIdentityInEvaluationAndRefusesACertainDrop() {
        Tensor x = draws.normal("x", DType.F32, 2, 3, 4);
        assertSame(x, new DropPath("drop", 0.9).apply(x, Call.eval()));
        assertThrows(ZooException.class, () -> new DropPath("drop", 1));
    }

    @Test
    void layerScaleMultipliesChannels() {
        ParamTree tree = new ParamTree(draws, DType.F64);
        LayerScale s = LayerScale.of(tree.root(), "gamma1", 2, 1e-5);
        Tensor x = Tensor.of(new double[] {1, 2, 3, 4}, 2, 2);
        assertEquals(3e-5, s.apply(x).get(1, 0), 1e-18);
        tree.param("gamma1").set(Tensor.of(new double[] {2, -1}, 2));
        assertEquals(-4, s.apply(x).get(1, 1), 0);
    }

    @Test
    void patchEmbeddingIsALinearMapOfEachPatch() {
        ParamTree tree = new ParamTree(draws, DType.F64);
        PatchEmbed e = PatchEmbed.of(tree.root(), "proj", 3, 5, 2);
        Tensor x = draws.normal("x", DType.F64, 2, 3, 4, 6);
        Tensor y = e.apply(x);
        assertEquals(org.layerzoo.core.tensor.Shape.of(2, 6, 5), y.shape());
        // Patch 4 of 2 x 3: row 1, column 1.
        Tensor patch = x.slice(2, 2, 4).slice(3, 2, 4).reshape(2, 12);
        Tensor expected = patch.matmulT(tree.param("proj.weight").value().reshape(5, 12))
                .add(tree.param("proj.bias").value());
        assertTrue(Errors.relative(y.select(1, 4), expected) < 1e-12);
        assertThrows(ZooException.class, () -> e.apply(draws.normal("odd", DType.F64, 2, 3, 5, 6)));
    }

    @Test
    void attentionEqualsTheWrittenOutSoftmaxTappedOrNot() {
        ParamTree tree = new ParamTree(draws, DType.F64);
        VitAttention a = new VitAttention(tree.root(), 6, 2, true);
        tree.params()
                .values()
                .forEach(p ->
                        p.set(draws.normal(p.path(), DType.F64, p.spec().shape().dims())));
        Tensor x = draws.normal("x", DType.F64, 2, 5, 6);
        Tensor qkv = x.matmulT(tree.param("qkv.weight").value())
                .add(tree.param("qkv.bias").value());
        Tensor o = Tensor.zeros(DType.F64, 2, 5, 0);
        for (int h = 0; h < 2; h++) {
            Tensor e = Ops.exp(qkv.slice(2, 3 * h, 3 * h + 3)
                    .matmulT(qkv.slice(2, 6 + 3 * h, 9 + 3 * h))
                    .div(Math.sqrt(3)));
            Tensor part = e.div(e.sumKeep(2)).matmul(qkv.slice(2, 12 + 3 * h, 15 + 3 * h));
            o = h == 0 ? part : Ops.concat(2, o, part);
        }
        Tensor expected = o.matmulT(tree.param("proj.weight").value())
                .add(tree.param("proj.bias").value());
        Tensors in = Tensors.of("x", x);
        assertTrue(Errors.relative(a.forward(in, Call.eval()).get("y"), expected) < 1e-12);
        Taps.Recorder r = Taps.recording("weights");
        assertTrue(Errors.relative(a.forward(in, Call.eval().with(r)).get("y"), expected) < 1e-12);
        assertEquals(20, r.seen().get("weights").sum().item(), 1e-12);
        Call padded = Call.eval().with(Seqs.padded(Tensor.of(new long[] {5, 3}, 2)));
        assertThrows(ZooException.class, () -> a.forward(in, padded));
    }

    @Test
    void aBlockIsTwoScaledResidualBranches() {
        ParamTree tree = new ParamTree(draws, DType.F64);
        VitBlock.Options o = new VitBlock.Options(6, 12, 1e-6, Optional.of(0.5), 0);
        VitBlock block = new VitBlock(tree.root(), o, p -> new VitAttention(p, 6, 2, true));
        Tensor x = draws.normal("x", DType.F64, 2, 5, 6);
        Tensor y = block.forward(Tensors.of("x", x), Call.eval()).get("y");
        Tensor mixed = block.children()
                .get("attn")
                .forward(Tensors.of("x", normed(x)), Call.eval())
                .get("y");
        Tensor half = x.add(mixed.mul(0.5));
        Tensor hidden =
                Ops.gelu(normed(half).matmulT(tree.param("mlp.fc1.weight").value()));
        Tensor expected =
                half.add(hidden.matmulT(tree.param("mlp.fc2.weight").value()).mul(0.5));
        assertTrue(Errors.relative(y, expected) < 1e-12);
        // A replaced mixer is used; sites carry the child's path.
        VitBlock silent = (VitBlock)
                block.with("attn", (in, c) -> Tensors.of("y", in.get("x").mul(0)));
        assertTrue(
                Errors.relative(silent.forward(Tensors.of("x", x), Call.eval()).get("y"), expected) > 1e-6);
        assertEquals("attn.weights", block.sites().getFirst().name());
        assertThrows(ZooException.class, () -> block.with("mlp", block));
    }

    /** (x - mean) / sqrt(var + eps): norms start with weight 1 and bias 0, linear maps with bias 0. */
    private static Tensor normed(Tensor x) {
        Tensor centred = x.sub(x.meanKeep(2));
        return centred.div(Ops.sqrt(Ops.square(centred).meanKeep(2).add(1e-6)));
    }
}
