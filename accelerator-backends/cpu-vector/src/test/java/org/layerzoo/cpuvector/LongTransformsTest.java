package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Transforms along rows and what is built on them, against the reference in F64. */
class LongTransformsTest {
    private final SplittableRandom random = new SplittableRandom(3);

    private Tensor random(int... dims) {
        long n = Tensor.zeros(DType.F32, dims).size();
        return Tensor.of(DType.F32, random.doubles(n, -1, 1).toArray(), dims);
    }

    private static void agrees(Op op, Tensor... in) {
        List<Tensor> wide = List.of(in).stream().map(CaseCheck::widened).toList();
        CaseCheck.compare(op.name(), CaseCheck.run(op, List.of(in)), Reference.INSTANCE.apply(op, wide), 1e-6);
    }

    /** Rows for the four-step form at every vector width, and lengths that it does not know. */
    @ParameterizedTest
    @ValueSource(ints = {16, 48, 64, 256, 512, 768, 1024, 1280, 1536, 2048, 514, 1026, 997})
    void rowsOfAnyLengthAreRight(int n) {
        agrees(new Primitive.Rfft(1), random(3, n));
        agrees(new Primitive.Irfft(1, n), random(3, n / 2 + 1, 2));
        agrees(new Primitive.Fft(1, false), random(2, n, 2));
        agrees(new Primitive.Fft(1, true), random(2, n, 2));
    }

    /** Powers of two, odd factors, primes beyond every radix; axes with fewer and more lines than a group takes. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8, 17, 30, 77, 100, 128, 262, 375})
    void transformsAlongAnyAxisAreRight(int n) {
        for (int inner : new int[] {1, 3, 37, 70}) {
            agrees(new Primitive.Rfft(1), random(2, n, inner));
            agrees(new Primitive.Irfft(1, n), random(2, n / 2 + 1, inner, 2));
            agrees(new Primitive.Fft(1, false), random(2, n, inner, 2));
            agrees(new Primitive.Fft(1, true), random(2, n, inner, 2));
        }
        agrees(new Primitive.Rfft(1), random(35, n));
        agrees(new Primitive.Irfft(1, n), random(35, n / 2 + 1, 2));
        agrees(new Primitive.Fft(1, true), random(35, n, 2));
    }

    @Test
    void aNumberThatIsNoneStaysInItsLine() {
        for (int n : new int[] {120, 1024}) {
            float[] v = new float[40 * n];
            v[17 * n + 5] = Float.NaN;
            Tensor y = CaseCheck.run(new Primitive.Rfft(1), List.of(Tensor.of(v, 40, n)))
                    .getFirst();
            for (int i = 0; i < 40; i++) {
                assertEquals(i == 17, Double.isNaN(y.get(i, 1, 0)), "line " + i);
            }
        }
    }

    @Test
    void longConvolutionsAreRightForEveryOption() {
        agrees(new LongConv(0, LongConv.Edge.ZERO, false, false), random(2, 3, 301), random(3, 301));
        agrees(new LongConv(7, LongConv.Edge.ZERO, true, true), random(2, 3, 600), random(2, 3, 45), random(3));
        agrees(new LongConv(0, LongConv.Edge.ZERO, false, true), random(1, 2, 5), random(2, 3), random(2));
        agrees(new LongConv(11, LongConv.Edge.CIRCULAR, false, true), random(2, 2, 1024), random(2, 400), random(2));
        agrees(new LongConv(0, LongConv.Edge.ZERO, false, false), random(1, 1, 3000), random(1, 4000));
    }

    @Test
    void anImpulseComesBackWhereItBelongs() {
        Tensor x = Tensor.zeros(DType.F32, 1, 1, 2000);
        x.segment().set(Floats.LAYOUT, 4L * 1500, 1f);
        Tensor k = random(1, 900);
        Tensor y = CaseCheck.run(new LongConv(0, LongConv.Edge.ZERO, false, false), List.of(x, k))
                .getFirst();
        double worst = 0;
        for (int t = 0; t < 2000; t++) {
            double expected = t >= 1500 && t - 1500 < 900 ? k.get(0, t - 1500) : 0;
            worst = Math.max(worst, Math.abs(y.get(0, 0, t) - expected));
        }
        assertTrue(worst < 1e-6, "largest error " + worst);
    }
}
