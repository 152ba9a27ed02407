package org.layerzoo.nn.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.TokenProjection;
import org.layerzoo.nn.TokenProjections;

class DeltaMixerTest {
    /** Two heads of 2 x 3 with write strengths of 1/2. */
    private static final class Half extends DeltaMixer {
        private final GatedOutput out;

        Half(Params p) {
            super(
                    "half",
                    2,
                    2,
                    3,
                    TokenProjections.of(
                            p,
                            6,
                            new TokenProjections.Widths(4, 4, 6),
                            new TokenProjection.Short(3, false),
                            Activation.SILU,
                            Activation.SILU));
            out = GatedOutput.of(p, new GatedOutput.Sizes(6, 2, 3), true, 1e-5, Init.linear());
        }

        @Override
        public Tensor mix(Tensors in, Pass p) {
            Tensor x = in.get("x");
            Tensor q = Heads.unit(Heads.split(tokens().q().apply(x, p::conv), 2));
            Tensor k = Heads.unit(Heads.split(tokens().k().apply(x, p::conv), 2));
            Tensor v = Heads.split(tokens().v().apply(x, p::conv), 2);
            Tensor beta = Tensor.full(x.dtype(), 0.5, x.dim(0), 2, x.dim(1));
            return out.apply(
                    x,
                    p.call()
                            .taps()
                            .at(HEADS, p.recur(STATE, Fused.recur(q, k, v).delta(beta))));
        }
    }

    private final Draws draws = Draws.seeded(4);
    private final Half layer = new Half(new ParamTree(draws, DType.F64).root());

    @Test
    void piecesOfAStreamEqualTheWholeRowAndKeepAMatrixAHead() {
        Tensor x = draws.normal("x", DType.F64, 2, 9, 6);
        Tensor whole = layer.forward(Tensors.of("x", x), Call.eval()).get("y");
        State s = layer.open(Opening.of(2).with(DType.F64));
        assertEquals(Shape.of(2, 2, 2, 3), s.fixed("S").get().shape());
        for (int[] piece : new int[][] {{0, 4}, {4, 5}, {5, 9}}) {
            Tensor part = x.slice(1, piece[0], piece[1]);
            Tensor y = layer.advance(Tensors.of("x", part), s, Call.eval()).get("y");
            assertTrue(Errors.relative(y, whole.slice(1, piece[0], piece[1])) < 1e-10);
        }
    }

    @Test
    void readsAreASite() {
        assertEquals(List.of(new Site("delta.heads", "B H T d")), layer.sites());
    }

    @Test
    void aDecoderNeedsWidthsThatDivideAndLayersThatExist() {
        DecoderConfig.check(8, 2, 3, 4);
        String heads = assertThrows(IllegalArgumentException.class, () -> DecoderConfig.check(8, 3, 0, 4))
                .getMessage();
        assertEquals("dim 8 does not divide into 3 heads", heads);
        String layers = assertThrows(IllegalArgumentException.class, () -> DecoderConfig.check(8, 2, 4, 4))
                .getMessage();
        assertEquals("layer 4 of 4 layers, counted from 0", layers);
    }
}
