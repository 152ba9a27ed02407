package org.layerzoo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.linear.GatedOutput;
import org.layerzoo.nn.linear.GatedSlots;
import org.layerzoo.nn.linear.LinearMixer;

class ProjectionsTest {
    private final Draws draws = Draws.seeded(5);
    private final ParamTree tree = new ParamTree(draws, DType.F64);
    private final Tensor x = draws.normal("x", DType.F64, 2, 5, 6);

    private TokenProjections tokens(TokenProjection.Short conv) {
        return TokenProjections.of(
                tree.root(), 6, new TokenProjections.Widths(4, 4, 8), conv, Activation.NONE, Activation.SILU);
    }

    private Tensor weight(String name) {
        return tree.param(name + ".weight").value();
    }

    @Test
    void withoutConvolutionsTheActivationsFollowTheProjections() {
        TokenProjections t = tokens(TokenProjection.Short.NONE);
        assertEquals(
                List.of("q_proj.weight", "k_proj.weight", "v_proj.weight"),
                List.copyOf(tree.params().sequencedKeySet()));
        assertEquals(List.of(), t.convolutions());
        assertEquals(List.of(), TokenProjections.state(0));
        assertTrue(Errors.relative(t.q().apply(x, DepthwiseConv::apply), x.matmulT(weight("q_proj"))) < 1e-12);
        assertTrue(
                Errors.relative(t.v().apply(x, DepthwiseConv::apply), Ops.silu(x.matmulT(weight("v_proj")))) < 1e-12);
    }

    @Test
    void convolutionsHaveTheSlotsThatTheSignatureNames() {
        TokenProjections t = tokens(new TokenProjection.Short(3, false));
        assertEquals(
                t.convolutions().stream().map(DepthwiseConv::name).toList(),
                TokenProjections.state(3).stream().map(StateSpec::name).toList());
        Tensor kernel = weight("k_conv1d").reshape(4, 3);
        Tensor y = Ops.padZero(x.matmulT(weight("k_proj")), 1, 2, 0);
        Tensor expected = Tensor.zeros(DType.F64, 2, 5, 4);
        for (int i = 0; i < 3; i++) {
            expected = expected.add(y.slice(1, i, i + 5).mul(kernel.select(1, i)));
        }
        assertTrue(Errors.relative(t.k().apply(x, DepthwiseConv::apply), expected) < 1e-12);
    }

    @Test
    void headsAreMappedFromTokensAndBack() {
        HeadMaps m = HeadMaps.of(tree.root(), 6, 3);
        assertEquals(
                List.of("q_proj.weight", "k_proj.weight", "v_proj.weight", "o_proj.weight"),
                List.copyOf(tree.params().sequencedKeySet()));
        Tensor keys = x.matmulT(weight("k_proj"));
        assertTrue(Errors.relative(m.keys(x).select(1, 2), keys.slice(2, 4, 6)) < 1e-12);
        Tensor back = x.matmulT(weight("v_proj")).matmulT(weight("o_proj"));
        assertTrue(Errors.relative(m.merged(m.values(x)), back) < 1e-12);
        assertTrue(Errors.relative(Heads.merge(m.queries(x)), x.matmulT(weight("q_proj"))) < 1e-12);
    }

    @Test
    void readsAreNormedPerHeadAndGatedByTheToken() {
        GatedOutput out = GatedOutput.of(tree.root(), new GatedOutput.Sizes(6, 2, 4), true, 1e-5, Init.linear());
        Tensor o = draws.normal("o", DType.F64, 2, 2, 5, 4);
        Tensor rms = Ops.sqrt(Ops.square(o).meanKeep(3).add(1e-5));
        Tensor gate = Ops.silu(x.matmulT(weight("g_proj")));
        Tensor expected = Heads.merge(o.div(rms)).mul(gate).matmulT(weight("o_proj"));
        assertTrue(Errors.relative(out.apply(x, o), expected) < 1e-12);
        ParamTree plain = new ParamTree(draws, DType.F64);
        GatedOutput ungated = GatedOutput.of(plain.root(), new GatedOutput.Sizes(6, 2, 4), false, 1e-5, Init.linear());
        Tensor still =
                Heads.merge(o.div(rms)).matmulT(plain.param("o_proj.weight").value());
        assertTrue(Errors.relative(ungated.apply(x, o), still) < 1e-12);
    }

    @Test
    void unitRowsHaveLengthOne() {
        Tensor squares = Ops.square(Heads.unit(x)).sum(2);
        assertTrue(Errors.maxAbs(squares, Ops.onesLike(squares)) < 1e-5);
    }

    @Test
    void whatASlotKeepsAndWhatIsWrittenAddUpToOne() {
        GatedSlots.Gate g = GatedSlots.Gate.of(x, 8);
        Tensor sum = g.write().add(Ops.exp(g.logKeep()));
        assertTrue(Errors.maxAbs(sum, Ops.onesLike(sum)) < 1e-12);
        Tensor kept = Ops.exp(Ops.log(Ops.sigmoid(x)).div(8));
        assertTrue(Errors.relative(Ops.exp(g.logKeep()), kept) < 1e-12);
    }

    @Test
    void slotsOfAStreamAreThoseOfTheSignature() {
        List<LinearMixer.Memory> memory = GatedSlots.memory(2, 3, 4, 5);
        assertEquals(List.of(new LinearMixer.Memory("hk", 2, 3, 5), new LinearMixer.Memory("hv", 2, 5, 4)), memory);
        List<StateSpec> state = GatedSlots.state("K", "V");
        assertEquals(
                List.of("B H K m", "B H m V"),
                state.stream().map(StateSpec::axes).toList());
        assertEquals(
                memory.stream().map(LinearMixer.Memory::name).toList(),
                state.stream().map(StateSpec::name).toList());
    }

    @Test
    void initialValuesAreEditedInPlaceButNotThoseThatLieDeeper() {
        EditedParams at = new EditedParams(
                tree.root().at("layer"), (name, path, value, d) -> name.equals("a") ? value.add(1) : value);
        at.weight("a", Init.constant(2), 3);
        at.weight("b", Init.constant(2), 3);
        at.at("inner").weight("a", Init.constant(2), 3);
        assertEquals(3, tree.param("layer.a").value().get(0));
        assertEquals(2, tree.param("layer.b").value().get(0));
        assertEquals(2, tree.param("layer.inner.a").value().get(0));
    }
}
