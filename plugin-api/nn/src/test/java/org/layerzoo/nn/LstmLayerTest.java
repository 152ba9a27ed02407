package org.layerzoo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

class LstmLayerTest {
    private final Draws draws = Draws.seeded(9);
    private final LstmLayer lstm = LstmLayer.of(new ParamTree(draws, DType.F64).root(), 3, 4, Init.uniform(-0.5, 0.5));
    private final Tensor x = draws.normal("x", DType.F64, 2, 7, 3);

    @Test
    void piecesOfAStreamEqualTheWholeRow() {
        Tensor whole = lstm.forward(Tensors.of("x", x), Call.eval()).get("y");
        State s = lstm.open(Opening.of(2).with(DType.F64));
        Tensor first =
                lstm.advance(Tensors.of("x", x.slice(1, 0, 3)), s, Call.eval()).get("y");
        Tensor rest =
                lstm.advance(Tensors.of("x", x.slice(1, 3, 7)), s, Call.eval()).get("y");
        assertTrue(Errors.relative(first, whole.slice(1, 0, 3)) < 1e-12);
        assertTrue(Errors.relative(rest, whole.slice(1, 3, 7)) < 1e-12);
        assertEquals(7, s.position());
    }

    @Test
    void aRunGoesOnFromWhatAnotherLeftInTheSlots() {
        State s = lstm.open(new State(2), DType.F64);
        Fused.Cells first = LstmLayer.keep(s, lstm.run(x.slice(1, 0, 3), List.of(), Optional.empty()));
        assertTrue(Errors.sameBits(first.state().get(1), s.fixed("c").get()));
        Tensor rest = lstm.run(x.slice(1, 3, 7), s).y();
        Tensor whole = lstm.run(x, List.of(), Optional.empty()).y();
        assertTrue(Errors.relative(rest, whole.slice(1, 3, 7)) < 1e-12);
    }
}
