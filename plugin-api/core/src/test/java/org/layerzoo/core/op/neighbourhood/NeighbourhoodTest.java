package org.layerzoo.core.op.neighbourhood;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.shape;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

class NeighbourhoodTest {
    private static int[] keys(int length, int kernel, int dilation, int query) {
        Axis a = new Axis(kernel, dilation, false);
        return IntStream.range(0, kernel)
                .map(t -> a.key(query, t, length, Border.SHIFT))
                .toArray();
    }

    @Test
    void windowsOfTheSheetsExamples() {
        assertArrayEquals(new int[] {0, 1, 2}, keys(7, 3, 1, 0));
        assertArrayEquals(new int[] {2, 3, 4}, keys(7, 3, 1, 3));
        assertArrayEquals(new int[] {4, 5, 6}, keys(7, 3, 1, 6));
        assertArrayEquals(new int[] {0, 2, 4}, keys(6, 3, 2, 4));
        assertArrayEquals(new int[] {1, 3, 5}, keys(6, 3, 2, 5));
        assertArrayEquals(new int[] {1, 3, 5}, keys(8, 3, 2, 1));
        assertArrayEquals(new int[] {1, 3, 5}, keys(8, 3, 2, 3));
        assertArrayEquals(new int[] {3, 5, 7}, keys(8, 3, 2, 5));
    }

    @Test
    void biasRowsFollowTheShiftedWindow() {
        Axis a = new Axis(3, 1, false);
        assertArrayEquals(
                new int[] {2, 3, 4},
                IntStream.range(0, 3)
                        .map(t -> a.offset(0, a.key(0, t, 7, Border.SHIFT)))
                        .toArray());
        assertArrayEquals(
                new int[] {1, 2, 3},
                IntStream.range(0, 3)
                        .map(t -> a.offset(3, a.key(3, t, 7, Border.SHIFT)))
                        .toArray());
    }

    /** Softmax over the window's keys by loops on a 2-d grid, one batch and head. */
    private static double[] naive(Tensor q, Tensor k, Tensor v, Tensor rpb, List<Axis> axes, Border border) {
        int h = q.dim(2);
        int w = q.dim(3);
        int d = q.dim(4);
        double[] o = new double[h * w * d];
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                double sum = 0;
                double[] acc = new double[d];
                for (int a = 0; a < axes.get(0).kernel(); a++) {
                    for (int b = 0; b < axes.get(1).kernel(); b++) {
                        int ky = axes.get(0).key(y, a, h, border);
                        int kx = axes.get(1).key(x, b, w, border);
                        boolean in = ky >= 0 && ky < h && kx >= 0 && kx < w;
                        if (!in && border != Border.PAD_KEYS) {
                            continue;
                        }
                        double s = rpb.get(
                                0, axes.get(0).offset(y, ky), axes.get(1).offset(x, kx));
                        for (int c = 0; c < d && in; c++) {
                            s += 0.5 * q.get(0, 0, y, x, c) * k.get(0, 0, ky, kx, c);
                        }
                        sum += Math.exp(s);
                        for (int c = 0; c < d && in; c++) {
                            acc[c] += Math.exp(s) * v.get(0, 0, ky, kx, c);
                        }
                    }
                }
                for (int c = 0; c < d; c++) {
                    o[(y * w + x) * d + c] = acc[c] / sum;
                }
            }
        }
        return o;
    }

    @ParameterizedTest
    @EnumSource(Border.class)
    void everyBorderEqualsTheLoop(Border border) {
        Tensor q = random(1, 1, 1, 7, 9, 2);
        Tensor k = random(2, 1, 1, 7, 9, 2);
        Tensor v = random(3, 1, 1, 7, 9, 2);
        Tensor rpb = random(4, 1, 5, 9);
        List<Axis> axes = List.of(new Axis(3, 2, false), new Axis(5, 1, border == Border.SHIFT));
        Fused.Part p = onReference(() -> Fused.neighbourhood(q, k, v, rpb, axes, border, 0.5));
        assertArrayEquals(naive(q, k, v, rpb, axes, border), p.o().toDoubles(), 1e-12);
    }

    @Test
    void aKernelOverTheWholeAxisIsFullAttention() {
        Tensor q = random(5, 2, 3, 7, 4);
        List<Axis> axis = List.of(new Axis(7, 1, false));
        Fused.Part p = onReference(() -> Fused.neighbourhood(q, q, q, axis, Border.SHIFT, 0.5));
        assertArrayEquals(onReference(() -> Fused.attend(q, q, q)).toDoubles(), p.o().toDoubles(), 1e-12);
        double[] lse = onReference(() -> Fused.attend(q).keys(q, q).run().lse().orElseThrow())
                .toDoubles();
        assertArrayEquals(lse, p.lse().toDoubles(), 1e-12);
    }

    @Test
    void dilationIsTheSameOnEveryResidueClass() {
        Tensor q = random(6, 1, 1, 9, 3);
        Tensor whole = onReference(() -> Fused.neighbourhood(q, q, q, List.of(new Axis(3, 2, false)), Border.SHIFT, 1)
                .o());
        for (int r = 0; r < 2; r++) {
            int from = r;
            Tensor part = onReference(() -> {
                Tensor s = q.slice(2, from, 9, 2);
                return Fused.neighbourhood(s, s, s, List.of(new Axis(3, 1, false)), Border.SHIFT, 1)
                        .o();
            });
            assertArrayEquals(
                    part.toDoubles(),
                    onReference(() -> whole.slice(2, from, 9, 2)).toDoubles(),
                    1e-12);
        }
    }

    @Test
    void paddedKeysKeepTheirShareOfTheSoftmax() {
        Tensor zero = Tensor.zeros(DType.F64, 1, 1, 3, 1);
        Tensor one = Tensor.ones(DType.F64, 1, 1, 3, 1);
        List<Axis> axis = List.of(new Axis(3, 1, false));
        near(
                onReference(() -> Fused.neighbourhood(zero, zero, one, axis, Border.PAD_KEYS, 1)
                        .o()),
                shape(1, 1, 3, 1),
                2 / 3.0,
                1,
                2 / 3.0);
        near(
                onReference(() -> Fused.neighbourhood(zero, zero, one, axis, Border.PAD_MASKED, 1)
                        .o()),
                shape(1, 1, 3, 1),
                1,
                1,
                1);
        Tensor v = f64(shape(1, 1, 3, 1), 1, 2, 4);
        List<Axis> causal = List.of(new Axis(2, 1, true));
        near(
                onReference(() -> Fused.neighbourhood(zero, zero, v, causal, Border.SHIFT, 1)
                        .o()),
                shape(1, 1, 3, 1),
                1,
                1.5,
                3);
    }

    @Test
    void aWindowLargerThanTheAxisIsRefused() {
        Tensor q = random(7, 1, 1, 5, 2);
        assertEquals(
                "neighbourhood_1d: kernel * dilation <= the axis expected, given 3 * 2 on axis 0 of 5",
                Expect.error(() -> Fused.neighbourhood(q, q, q, List.of(new Axis(3, 2, false)), Border.SHIFT, 1)
                        .o()));
    }
}
