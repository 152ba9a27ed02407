package org.layerzoo.core.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.layerzoo.core.op.Expect.equal;
import static org.layerzoo.core.op.Expect.error;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.gradientHolds;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.secondOrderHolds;
import static org.layerzoo.core.op.Expect.shape;

import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.ShapesOnly;
import org.layerzoo.core.op.Spatial.Norm;
import org.layerzoo.core.op.Spatial.Window;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

class SpatialTest {
    private static final int[] TWO = {2, 2};
    private static final int[] ONE = {1, 1};

    /** 1, 2, 3, ... */
    private static Tensor count(int... dims) {
        return f64(
                dims,
                IntStream.rangeClosed(1, (int) Shape.of(dims).size())
                        .asDoubleStream()
                        .toArray());
    }

    @Test
    void samePaddingKeepsCeilOfSizeOverStrideWithTheOddElementBehind() {
        Tensor x = f64(shape(1, 1, 5), 1, 2, 3, 4, 5);
        Tensor w = f64(shape(1, 1, 2), 10, 1);
        near(onReference(() -> Spatial.conv1d(x, w, Padding.same(), 1, 1, 1)), shape(1, 1, 5), 12, 23, 34, 45, 50);
        near(onReference(() -> Spatial.conv1d(x, w, Padding.same(), 2, 1, 1)), shape(1, 1, 3), 12, 34, 50);
        near(onReference(() -> Spatial.conv1d(x, w, Padding.valid(), 2, 1, 1)), shape(1, 1, 2), 12, 34);
        near(
                onReference(() -> Spatial.conv1d(x, w, Padding.of(new int[] {1}, new int[] {0}), 1, 1, 1)),
                shape(1, 1, 5),
                1,
                12,
                23,
                34,
                45);
    }

    @Test
    void convolutionsOfTwoAndThreeAxesSumOverTheirWindow() {
        Tensor ones = Tensor.of(new double[] {1, 1, 1, 1}, 1, 1, 2, 2);
        near(
                onReference(() -> Spatial.conv2d(count(1, 1, 3, 3), ones, Padding.valid(), 1, 1, 1)),
                shape(1, 1, 2, 2),
                12,
                16,
                24,
                28);
        Tensor cube = Tensor.of(new double[] {1, 1, 1, 1, 1, 1, 1, 1}, 1, 1, 2, 2, 2);
        near(
                onReference(() -> Spatial.conv3d(count(1, 1, 2, 2, 2), cube, Padding.of(1), 2, 1, 1)
                        .sum()),
                shape(),
                36);
    }

    @Test
    void biasAddsToEachChannel() {
        near(
                onReference(() -> Spatial.bias(count(1, 2, 1, 2), f64(shape(2), 10, 20))),
                shape(1, 2, 1, 2),
                11,
                12,
                23,
                24);
    }

    @Test
    void transposedConvolutionSpreadsAndOutputPaddingAddsBehind() {
        Tensor x = f64(shape(1, 1, 2), 1, 2);
        Tensor w = f64(shape(1, 1, 3), 100, 10, 1);
        Window window = Window.of(1, Padding.of(1), 2, 1, 1);
        // spread: 100 10 201 20 2, one element cut off each end
        near(onReference(() -> Spatial.convTranspose(x, w, window, 0)), shape(1, 1, 3), 10, 201, 20);
        near(onReference(() -> Spatial.convTranspose(x, w, window, 1)), shape(1, 1, 4), 10, 201, 20, 2);
        assertEquals(
                "conv_transpose: output padding of 0..1 (below the stride) expected, given 2",
                error(() -> Spatial.convTranspose(x, w, window, 2)));
    }

    @Test
    void transposedConvolutionMapsGroupsToTheirOwnOutputs() {
        Tensor x = f64(shape(1, 2, 1), 1, 2);
        Tensor w = f64(shape(2, 2, 1), 1, 10, 100, 1000);
        Window window = Window.of(1, Padding.valid(), 1, 1, 2);
        near(onReference(() -> Spatial.convTranspose(x, w, window, 0)), shape(1, 4, 1), 1, 10, 200, 2000);
    }

    @Test
    void maxUnpoolPutsMaximaBack() {
        Tensor x = f64(shape(1, 1, 2, 4), 1, 5, 2, 3, 4, 0, 9, 2);
        Spatial.Pooled p = onReference(() -> Spatial.maxPool(x, TWO, TWO, Padding.valid()));
        near(p.values(), shape(1, 1, 1, 2), 5, 9);
        equal(p.index(), shape(1, 1, 1, 2), 1, 6);
        near(
                onReference(() -> Spatial.maxUnpool(p.values(), p.index(), 2, 4)),
                shape(1, 1, 2, 4),
                0,
                5,
                0,
                0,
                0,
                0,
                9,
                0);
    }

    @Test
    void averagesOfWindowsAndOfAdaptiveBins() {
        Tensor x = count(1, 1, 2, 4);
        near(onReference(() -> Spatial.avgPool(x, TWO, TWO, Padding.valid(), true)), shape(1, 1, 1, 2), 3.5, 5.5);
        // 5 to 3: [0,2) [1,4) [3,5)
        near(onReference(() -> Spatial.adaptiveAvgPool(count(1, 1, 5), 3)), shape(1, 1, 3), 1.5, 3, 4.5);
        near(onReference(() -> Spatial.adaptiveAvgPool(x, 1, 2)), shape(1, 1, 1, 2), 3.5, 5.5);
    }

    @Test
    void pixelShuffleFillsRowsThenColumns() {
        // channels 1..4 of one pixel become a 2 x 2 block
        near(onReference(() -> Spatial.pixelShuffle(count(1, 4, 1, 1), 2)), shape(1, 1, 2, 2), 1, 2, 3, 4);
        near(onReference(() -> Spatial.pixelShuffle(count(1, 4, 1, 2), 2)), shape(1, 1, 2, 4), 1, 3, 2, 4, 5, 7, 6, 8);
        near(
                onReference(() -> Spatial.pixelShuffle(count(1, 8, 1, 1, 1), 2)),
                shape(1, 1, 2, 2, 2),
                1,
                2,
                3,
                4,
                5,
                6,
                7,
                8);
        assertEquals(
                "pixel_shuffle: x [B, C r^d, spatial..] with 2 or 3 axes expected for r = 2, given F64(1, 3, 1, 1)",
                error(() -> Spatial.pixelShuffle(count(1, 3, 1, 1), 2)));
    }

    @Test
    void unfoldOrdersRowsByChannelThenKernel() {
        Tensor y = onReference(() -> Spatial.unfold2d(count(1, 2, 2, 3), TWO, ONE, Padding.valid(), ONE));
        near(y, shape(1, 8, 2), 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11, 12);
    }

    @Test
    void unfoldPadsWithZerosAndSkipsByStrideAndDilation() {
        Tensor y = onReference(
                () -> Spatial.unfold2d(count(1, 1, 1, 4), new int[] {1, 2}, TWO, Padding.of(0, 1), new int[] {1, 2}));
        // padded row 0 1 2 3 4 0: taps (0, 2) and (2, 4)
        near(y, shape(1, 2, 2), 0, 2, 2, 4);
    }

    @Test
    void foldSumsOverlapsAndCutsThePadding() {
        int[] size = {2, 3};
        Tensor ones = Tensor.ones(org.layerzoo.core.tensor.DType.F64, 1, 4, 2);
        near(
                onReference(() -> Spatial.fold2d(ones, size, TWO, ONE, Padding.valid(), ONE)),
                shape(1, 1, 2, 3),
                1,
                2,
                1,
                1,
                2,
                1);
        Tensor padded = count(1, 1, 4);
        near(
                onReference(() -> Spatial.fold2d(padded, new int[] {1, 2}, ONE, ONE, Padding.of(0, 1), ONE)),
                shape(1, 1, 1, 2),
                2,
                3);
        assertEquals(
                "fold2d: columns [B, C 4, 2] expected for a map of [2, 3], given F64(1, 4, 4)",
                error(() -> Spatial.fold2d(count(1, 4, 4), size, TWO, ONE, Padding.valid(), ONE)));
    }

    @Test
    void spectraOfTwoAxesAreScaledByTheirNorm() {
        Tensor x = f64(shape(2, 2), 1, 2, 3, 4);
        near(onReference(() -> Spatial.rfft2(x, Norm.BACKWARD)), shape(2, 2, 2), 10, 0, -2, 0, -4, 0, 0, 0);
        near(onReference(() -> Spatial.rfft2(x, Norm.ORTHO)), shape(2, 2, 2), 5, 0, -1, 0, -2, 0, 0, 0);
        for (Norm norm : Norm.values()) {
            for (int w : new int[] {4, 5}) {
                Tensor image = random(7, 2, 3, w);
                near(
                        onReference(() -> Spatial.irfft2(Spatial.rfft2(image, norm), norm, 3, w)),
                        shape(2, 3, w),
                        image.toDoubles());
            }
        }
        assertEquals(
                "irfft2: x [.., 3, 3, 2] expected for an output of 3 x 4, given F64(2, 2, 2)",
                error(() -> Spatial.irfft2(f64(shape(2, 2, 2), new double[8]), Norm.BACKWARD, 3, 4)));
    }

    @Test
    void spectraOfOneAxisAreScaledByTheirNorm() {
        Tensor x = f64(shape(4), 1, 2, 3, 4);
        near(onReference(() -> Spatial.rfft(x, 0, Norm.ORTHO)), shape(3, 2), 5, 0, -1, 1, -1, 0);
        near(
                onReference(() -> Spatial.irfft(f64(shape(3, 2), 10, 0, -2, 2, -2, 0), -1, 4, Norm.BACKWARD)),
                shape(4),
                1,
                2,
                3,
                4);
    }

    @Test
    void gradientsOfConvolutionsHoldToSecondOrder() {
        Window window = new Window(new int[] {2, 1}, Padding.of(1, 0), new int[] {1, 2}, 2);
        gradientHolds(
                in -> List.of(Spatial.conv(in.get(0), in.get(1), window)),
                random(1, 2, 4, 5, 6),
                random(2, 6, 2, 3, 2));
        secondOrderHolds(
                in -> List.of(Spatial.conv(in.get(0), in.get(1), window)),
                random(1, 1, 2, 4, 3),
                random(2, 2, 1, 3, 2));
        secondOrderHolds(
                in -> List.of(Spatial.convTranspose(in.get(0), in.get(1), window, 1, 0)),
                random(1, 1, 2, 2, 3),
                random(2, 2, 1, 3, 2));
    }

    @Test
    void gradientsOfPoolsAndRearrangementsHold() {
        gradientHolds(
                in -> List.of(
                        Spatial.maxPool(in.getFirst(), TWO, TWO, Padding.same()).values()),
                random(1, 1, 2, 5, 4));
        gradientHolds(in -> List.of(Spatial.adaptiveAvgPool(in.getFirst(), 3, 2)), random(1, 1, 2, 5, 4));
        gradientHolds(in -> List.of(Spatial.pixelShuffle(in.getFirst(), 2)), random(1, 1, 8, 2, 3));
        gradientHolds(
                in -> List.of(Spatial.unfold2d(in.getFirst(), TWO, ONE, Padding.of(1), ONE)), random(1, 1, 2, 3, 4));
        gradientHolds(
                in -> List.of(Spatial.fold2d(in.getFirst(), new int[] {3, 4}, TWO, ONE, Padding.of(1), ONE)),
                random(1, 1, 8, 20));
        Tensor index = Tensor.of(new long[] {0, 5, 5, 2}, 1, 1, 4);
        gradientHolds(in -> List.of(Spatial.maxUnpool(in.getFirst(), index, 2, 3)), random(1, 1, 1, 4));
    }

    @Test
    void gradientsOfSpectraHoldAtOddAndEvenSizes() {
        for (int w : new int[] {4, 5}) {
            gradientHolds(in -> List.of(Spatial.rfft2(in.getFirst(), Norm.ORTHO)), random(1, 2, 3, w));
            gradientHolds(
                    in -> List.of(Spatial.irfft2(in.getFirst(), Norm.BACKWARD, 3, w)), random(1, 2, 3, w / 2 + 1, 2));
        }
    }

    @Test
    void shapesAreKnownWithoutNumbers() {
        Function<Tensor, List<Tensor>> f = x -> List.of(
                Spatial.conv2d(x, x, Padding.same(), 2, 1, 1),
                Spatial.maxPool(x, TWO, TWO, Padding.valid()).index(),
                Spatial.interpolate(x, Spatial.Interpolation.CUBIC, false, 7, 2),
                Spatial.sample(x, x.slice(3, 0, 2), Spatial.Border.CLAMP),
                Spatial.unfold2d(x, TWO, ONE, Padding.of(1), ONE),
                Spatial.irfft2(Spatial.rfft2(x, Norm.ORTHO), Norm.ORTHO, 4, 5));
        Tensor x = random(1, 2, 2, 4, 5);
        List<TensorSpec> with =
                onReference(() -> f.apply(x)).stream().map(Tensor::spec).toList();
        Tensor none = Tensor.abstractOf(x.spec());
        assertEquals(
                with,
                Exec.with(ShapesOnly.INSTANCE, () -> f.apply(none)).stream()
                        .map(Tensor::spec)
                        .toList());
    }
}
