package org.layerzoo.core.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

class StateTest {
    private static Tensor row(double... v) {
        return Tensor.of(v, 1, v.length);
    }

    @Test
    void aGrowingSlotJoinsItsPiecesAndAForkGoesItsOwnWay() {
        State s = new State(1).with("k", new Slot.Growing(1));
        s.growing("k").append(row(1, 2));
        s.growing("k").append(row(3));
        State fork = s.fork();
        fork.growing("k").append(row(9));
        assertArrayEquals(new double[] {1, 2, 3}, s.growing("k").get().toDoubles());
        assertArrayEquals(new double[] {1, 2, 3, 9}, fork.growing("k").get().toDoubles());
        assertEquals(3, s.usage().entries());
        assertEquals(24, s.usage().bytes());
    }

    @Test
    void aRingKeepsItsSinksAndTheLastEntries() {
        Slot.Ring r = new Slot.Ring(1, 1, 2);
        r.append(row(1, 2));
        r.append(row(3, 4, 5));
        assertArrayEquals(new double[] {1, 4, 5}, r.get().orElseThrow().toDoubles());
        r.append(row(6));
        assertArrayEquals(new double[] {1, 5, 6}, r.get().orElseThrow().toDoubles());
    }

    @Test
    void raggedListsFollowTheirOffsets() {
        Slot.Ragged r = new Slot.Ragged(Tensor.of(new double[] {1, 2, 3}, 3), Tensor.of(new long[] {0, 2, 3}, 3));
        assertArrayEquals(new double[] {3}, r.list(1).toDoubles());
        assertThrows(
                ZooException.class, () -> r.set(Tensor.of(new double[] {1}, 1), Tensor.of(new long[] {0, 2, 3}, 3)));
    }

    @Test
    void rowsAreReorderedWithTheirPositions() {
        State s = new State(2).with("h", new Slot.Fixed(Tensor.of(new double[] {1, 2, 3, 4}, 2, 2)));
        s.advance(5);
        State r = s.reorder(Tensor.of(new long[] {1, 1, 0}, 3));
        assertArrayEquals(new double[] {3, 4, 3, 4, 1, 2}, r.fixed("h").get().toDoubles());
        assertEquals(3, r.batch());
        assertEquals(5, r.position());
    }

    @Test
    void detachingCutsTheGradient() {
        Tensor x = Tensor.of(new double[] {2}, 1, 1);
        Tape tape = new Tape().watch(x);
        Tensor y = tape.record(() -> {
            State s = new State(1).with("h", new Slot.Fixed(x));
            s.detach();
            return s.fixed("h").get().mul(x);
        });
        assertEquals(2, tape.gradient(y, List.of(x)).getFirst().item());
    }

    @Test
    void wrongNamesKindsAndShapesAreNamed() {
        State s = new State(1).with("h", new Slot.Fixed(Tensor.zeros(DType.F32, 1, 2)));
        assertTrue(assertThrows(ZooException.class, () -> s.growing("h"))
                .getMessage()
                .contains("no growing state slot 'h'"));
        assertThrows(ZooException.class, () -> s.fixed("h").set(Tensor.zeros(DType.F32, 1, 3)));
        assertThrows(ZooException.class, () -> new Slot.Growing(0).get());
        assertEquals(0, Errors.norm(s.fixed("h").get()));
    }
}
