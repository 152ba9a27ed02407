package org.layerzoo.core.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

class TensorScopeTest {
    private record Pair(Tensor a, Optional<Tensor> b, int n) {}

    @Test
    void whatIsNotReturnedIsFreedAndSaysSoWhenRead() {
        List<Tensor> stolen = new ArrayList<>();
        Tensor kept = TensorScope.use(() -> {
            stolen.add(Tensor.of(new float[] {1, 2}, 2));
            return Tensor.of(new float[] {3, 4}, 2);
        });
        assertEquals(4, kept.get(1));
        ZooException e =
                assertThrows(ZooException.class, () -> stolen.getFirst().get(0));
        assertTrue(e.getMessage().contains("after its scope had ended"), e.getMessage());
    }

    @Test
    void tensorsLeaveInListsMapsRecordsOptionalsAndArrays() {
        Object[] out = TensorScope.use(() -> new Object[] {
            List.of(Tensor.scalar(DType.F32, 1)),
            Map.of("k", Tensor.scalar(DType.F32, 2)),
            new Pair(Tensor.scalar(DType.F32, 3), Optional.of(Tensor.scalar(DType.F32, 4)), 5),
            Tensors.of("t", Tensor.scalar(DType.F32, 6))
        });
        assertEquals(1, ((Tensor) ((List<?>) out[0]).getFirst()).item());
        assertEquals(2, ((Tensor) ((Map<?, ?>) out[1]).get("k")).item());
        assertEquals(
                7,
                ((Pair) out[2]).a().item() + ((Pair) out[2]).b().orElseThrow().item());
        assertEquals(6, ((Tensors) out[3]).get("t").item());
    }

    @Test
    void aResultMovesToTheScopeAroundAndIsFreedWithIt() {
        List<Tensor> inner = new ArrayList<>();
        TensorScope.run(() -> {
            inner.add(TensorScope.use(() -> Tensor.scalar(DType.F32, 5)));
            assertEquals(5, inner.getFirst().item());
        });
        assertThrows(ZooException.class, () -> inner.getFirst().item());
    }

    @Test
    void keptTensorsOutliveTheirScopeAndAreCounted() {
        List<Tensor> kept = new ArrayList<>();
        long before = TensorScope.blocksKept();
        TensorScope.run(() -> kept.add(Tensor.scalar(DType.F32, 5).keep()));
        assertEquals(5, kept.getFirst().item());
        assertTrue(TensorScope.blocksKept() > before);
    }

    @Test
    void aThrowingBodyFreesEverything() {
        long before = Memory.liveBytes();
        assertThrows(
                IllegalStateException.class,
                () -> TensorScope.run(() -> {
                    Tensor.allocate(DType.F32, 1_000_000);
                    throw new IllegalStateException("stop");
                }));
        assertTrue(Memory.liveBytes() - before < 4_000_000);
    }

    @Test
    void theBudgetStopsAGreedyComputationWithBothNumbers() {
        long old = Memory.budget();
        Memory.budget(Memory.liveBytes() + 1_000_000);
        try {
            ZooException e = assertThrows(
                    ZooException.class, () -> TensorScope.run(() -> Tensor.allocate(DType.F64, 1_000_000)));
            assertEquals(ErrorCode.OUT_OF_MEMORY, e.code());
            assertTrue(e.getMessage().contains("budget"), e.getMessage());
        } finally {
            Memory.budget(old);
        }
    }

    @Test
    void poisonedMemoryIsNanUntilWritten() {
        Memory.poison(true);
        try {
            TensorScope.run(
                    () -> assertTrue(Double.isNaN(Tensor.allocate(DType.F32, 3).get(1))));
        } finally {
            Memory.poison(false);
        }
    }

    @Test
    void halfPrecisionsRoundHalfToEven() {
        // 1 + 2^-8 lies half way between two BF16 numbers, 1 + 3 2^-8 between two others.
        assertEquals(1.0, Tensor.of(DType.BF16, new double[] {1 + 0x1p-8}, 1).item());
        assertEquals(
                1 + 0x1p-6,
                Tensor.of(DType.BF16, new double[] {1 + 3 * 0x1p-8}, 1).item());
        assertTrue(
                Double.isNaN(Tensor.of(DType.BF16, new double[] {Double.NaN}, 1).item()));
        assertEquals(
                Double.POSITIVE_INFINITY,
                Tensor.of(DType.F16, new double[] {1e6}, 1).item());
    }

    @Test
    void tensorsAreAlignedAndShapesAreChecked() {
        TensorScope.run(() -> {
            for (int n : new int[] {1, 3, 17, 5000, 100_000}) {
                assertEquals(0, Tensor.allocate(DType.F32, n).segment().address() % 64);
            }
        });
        assertThrows(ZooException.class, () -> Shape.of(2, -1));
        assertThrows(ZooException.class, () -> Tensor.of(new float[3], 2, 2));
        assertThrows(ZooException.class, () -> Tensor.of(new float[3], 3).get(3));
        assertFalse(Shape.of(2, 3).equals(Shape.of(3, 2)));
        String message = assertThrows(ZooException.class, () -> Shape.broadcast("add", Shape.of(2, 3), Shape.of(2, 4)))
                .getMessage();
        assertTrue(message.contains("add") && message.contains("(2, 3)") && message.contains("(2, 4)"), message);
    }
}
