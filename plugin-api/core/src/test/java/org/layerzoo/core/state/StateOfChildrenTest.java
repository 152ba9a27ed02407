package org.layerzoo.core.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

class StateOfChildrenTest {
    private static State nested() {
        State child = new State(2).with("h", new Slot.Fixed(Tensor.zeros(DType.F32, 2, 3)));
        return new State(2).with("block.0", child).with("block.1", new State(2).with("k", new Slot.Growing(1)));
    }

    @Test
    void aChildSeesItsSlotsUnderTheirOwnNames() {
        State s = nested();
        assertEquals(List.of("block.0.h", "block.1.k"), List.copyOf(s.slots().keySet()));
        State child = s.under("block.0");
        assertEquals(List.of("h"), List.copyOf(child.slots().keySet()));
        child.fixed("h").set(Tensor.ones(DType.F32, 2, 3));
        assertEquals(1, s.fixed("block.0.h").get().get(1, 2));
    }

    @Test
    void slotsAddedAndWorkDoneByAChildBelongToTheWhole() {
        State s = nested();
        State child = s.under("block.1");
        child.with("v", new Slot.Growing(1));
        child.count(3, 12);
        s.under("block.0").count(1, 0);
        assertTrue(s.slots().containsKey("block.1.v"));
        assertEquals(4, s.usage().entriesTouched());
        assertEquals(12, s.usage().scoreEvaluations());
    }

    @Test
    void aChildStartsWhereTheWholeIsAndDoesNotMoveIt() {
        State s = nested();
        s.advance(5);
        State child = s.under("block.0");
        child.advance(2);
        assertArrayEquals(new long[] {7, 7}, child.positions());
        assertArrayEquals(new long[] {5, 5}, s.positions());
    }
}
