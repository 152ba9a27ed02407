package org.layerzoo.benchmarks.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table's rows and what is measured of them. */
class RowsTest {
    @Test
    void everyRowHasANameOfItsOwnAndATarget() {
        List<Row> rows = Rows.all();
        assertEquals(rows.size(), new HashSet<>(rows.stream().map(Row::id).toList()).size());
        assertTrue(rows.stream().allMatch(r -> r.target() >= 0.85 && !r.work().isBlank()));
    }

    @Test
    void rowsAreChosenByTheirBeginningAndAWrongOneIsNamed() {
        assertEquals(4, Rows.beginningWith(List.of("gemv"), Rows.OWN).size());
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> Rows.beginningWith(List.of("gemm", "nothing"), Rows.OWN));
        assertTrue(e.getMessage().contains("'nothing'"), e.getMessage());
    }

    @Test
    void bothSidesComputeTheSameAndAreTimedInTurns() {
        List<Figure> figures = new SideBySide(0.01, Clock.WALL, Rows.OWN)
                .measure(Rows.beginningWith(List.of("gemm-batched")).getFirst(), List.of(1, 2));
        assertEquals(List.of(1, 2), figures.stream().map(Figure::threads).toList());
        for (Figure f : figures) {
            assertTrue(f.ourError() < 1e-6 && f.peerError() < 1e-6, f.toString());
            assertTrue(
                    f.ours().min() > 0
                            && f.ours().min() <= f.ours().median()
                            && f.ours().runs() >= 5,
                    f.toString());
            assertEquals(f.peer().median() / f.ours().median(), f.ratio());
        }
    }
}
