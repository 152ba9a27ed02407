package org.layerzoo.core.op.longconv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.longconv.LongConv.Edge;
import org.layerzoo.core.tensor.Tensor;

class LongConvTest {
    @ParameterizedTest
    @CsvSource({"1,1,0,ZERO", "7,7,0,ZERO", "13,5,2,ZERO", "64,65,64,ZERO", "97,97,0,CIRCULAR", "12,5,3,CIRCULAR"})
    void everyEdgeEqualsTheDirectSum(int t, int taps, int center, Edge edge) {
        Tensor x = random(1, 2, 3, t);
        for (boolean perSample : new boolean[] {false, true}) {
            Tensor k = perSample ? random(2, 2, 3, taps) : random(2, 3, taps);
            Tensor y = onReference(() -> Fused.longConv(x, k, center, edge));
            assertArrayEquals(naive(x, k, center, edge), y.toDoubles(), 1e-11);
        }
    }

    private static double[] naive(Tensor x, Tensor k, int center, Edge edge) {
        int t = x.dim(2);
        int taps = k.dim(-1);
        double[] y = new double[2 * 3 * t];
        for (int row = 0; row < 6; row++) {
            for (int i = 0; i < t; i++) {
                for (int j = 0; j < taps; j++) {
                    int from = i - j + center;
                    from = edge == Edge.CIRCULAR ? Math.floorMod(from, t) : from;
                    if (from >= 0 && from < t) {
                        double tap = k.rank() == 3 ? k.get(row / 3, row % 3, j) : k.get(row % 3, j);
                        y[row * t + i] += tap * x.get(row / 3, row % 3, from);
                    }
                }
            }
        }
        return y;
    }

    @Test
    void transformsHaveNoLargePrimeFactors() {
        assertEquals(1, LongConv.smooth(1));
        assertEquals(15, LongConv.smooth(13));
        assertEquals(2000, LongConv.smooth(1999));
    }

    @Test
    void aCenterOutsideTheKernelIsRefused() {
        assertEquals(
                "long_conv: 0 <= center < K and T >= 1 expected, given center 3, K 3, T 5",
                Expect.error(() -> Fused.longConv(random(1, 1, 1, 5), random(2, 1, 3), 3, Edge.ZERO)));
    }
}
