package org.layerzoo.core.exec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Broadcast;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

class GradCheckTest {
    /** x^2 with a gradient rule g -> rule(2 x g). */
    private static double error(int n, UnaryOperator<Tensor> rule) {
        Tensor x = Tensor.of(IntStream.range(0, n).mapToDouble(i -> 1 + i % 7).toArray(), n);
        return GradCheck.check(
                in -> Ops.custom(
                        "square",
                        in,
                        v -> List.of(Ops.square(v.getFirst())),
                        b -> b.add(0, () -> rule.apply(b.grad(0).mul(2).mul(b.in(0))))),
                List.of(x),
                3)[0];
    }

    @Test
    void aRightGradientPassesAndASignAScaleAndANanDoNot() {
        for (int n : new int[] {1, 5, 1000}) {
            assertTrue(error(n, g -> g) <= 1e-9);
            assertEquals(2, error(n, Tensor::neg), 1e-6);
            assertEquals(0.01, error(n, g -> g.mul(1.01)), 1e-6);
            assertEquals(Double.NaN, error(n, g -> g.mul(Double.NaN)));
        }
    }

    @Test
    void oneWrongElementAmongAThousandIsFound() {
        Tensor mask = Ops.iota(DType.F64, 1000).eq(613).cast(DType.F64);
        assertTrue(error(1000, g -> g.add(mask)) > 1e-4);
    }

    @Test
    void inputsBelowDoublePrecisionAreRefused() {
        Tensor x = Tensor.zeros(DType.F32, 2);
        ZooException e = assertThrows(ZooException.class, () -> GradCheck.check(in -> in, List.of(x), 1));
        assertEquals("gradient check: F64 inputs expected, given F32(2)", e.getMessage());
    }

    @Test
    void broadcastGradientsAreSummedBackOverRepeatedAxes() {
        Tensor g = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
        assertArrayEquals(
                new double[] {5, 7, 9}, Broadcast.reduceTo(g, Shape.of(3)).toDoubles());
        assertArrayEquals(
                new double[] {6, 15}, Broadcast.reduceTo(g, Shape.of(2, 1)).toDoubles());
        assertArrayEquals(new double[] {21}, Broadcast.reduceTo(g, Shape.of()).toDoubles());
        assertArrayEquals(new int[] {0, 0, 0, 1, 1, 1}, Broadcast.index(Shape.of(2, 1), Shape.of(2, 3)));
    }
}
