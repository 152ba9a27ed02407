package org.layerzoo.core.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.layerzoo.core.op.Expect.error;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.gradientHolds;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.secondOrderHolds;
import static org.layerzoo.core.op.Expect.shape;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.layerzoo.core.op.Spatial.Border;
import org.layerzoo.core.op.Spatial.Interpolation;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

class ResamplingTest {
    private static final Tensor LINE = f64(shape(1, 1, 3), 10, 20, 40);
    private static final Tensor MAP = f64(shape(1, 1, 2, 3), 1, 2, 3, 11, 12, 13);

    @Test
    void nearestTakesTheFloorOfTheScaledIndex() {
        near(resize(LINE, Interpolation.NEAREST, false, 5), shape(1, 1, 5), 10, 10, 20, 20, 40);
        near(resize(LINE, Interpolation.NEAREST, false, 2), shape(1, 1, 2), 10, 20);
    }

    @Test
    void linearKeepsEndsWhenCornersAlign() {
        near(resize(LINE, Interpolation.LINEAR, true, 5), shape(1, 1, 5), 10, 15, 20, 30, 40);
        near(resize(LINE, Interpolation.LINEAR, true, 1), shape(1, 1, 1), 10);
    }

    @Test
    void linearKeepsEdgesOtherwise() {
        // sources (o + 0.5) / 2 - 0.5 = -0.25, 0.25, 0.75, 1.25, 1.75, 2.25
        near(resize(LINE, Interpolation.LINEAR, false, 6), shape(1, 1, 6), 10, 12.5, 17.5, 25, 35, 40);
    }

    @Test
    void linearIsSeparableOverAxes() {
        near(resize(MAP, Interpolation.LINEAR, true, 3, 3), shape(1, 1, 3, 3), 1, 2, 3, 6, 7, 8, 11, 12, 13);
    }

    @Test
    void areaIsTheMeanOfTheCoveredBins() {
        near(resize(LINE, Interpolation.AREA, false, 2), shape(1, 1, 2), 15, 30);
    }

    @Test
    void cubicWeighsFourNeighbours() {
        Tensor x = f64(shape(1, 1, 4), 0, 0, 1, 0);
        // halfway: k(0.5) = 0.59375, k(1.5) = -0.09375; output 1 of 7 with aligned corners lies at 0.5, with 0 clamped
        near(resize(x, Interpolation.CUBIC, true, 7), shape(1, 1, 7), 0, -0.09375, 0, 0.59375, 1, 0.59375, 0);
    }

    @ParameterizedTest
    @EnumSource(Interpolation.class)
    void aMapOfEqualValuesStaysOne(Interpolation mode) {
        Tensor y = resize(Tensor.full(DType.F64, 3, 1, 1, 4, 5), mode, false, 7, 3);
        double[] threes = new double[21];
        java.util.Arrays.fill(threes, 3);
        near(y, shape(1, 1, 7, 3), threes);
    }

    @ParameterizedTest
    @EnumSource(Interpolation.class)
    void gradientsHold(Interpolation mode) {
        gradientHolds(in -> List.of(Spatial.interpolate(in.getFirst(), mode, false, 5, 3)), random(1, 1, 2, 3, 4));
    }

    @Test
    void alignmentOfWhatKnowsOnlyEdgesIsRefused() {
        assertEquals(
                "interpolate: alignCorners = false expected for NEAREST, given true",
                error(() -> resize(LINE, Interpolation.NEAREST, true, 5)));
    }

    @Test
    void halfPrecisionIsWeighedInF32() {
        Tensor x = Tensor.of(DType.BF16, new double[] {1, 1, 1}, 1, 1, 3);
        Tensor y = onReference(() -> Spatial.interpolate(x, Interpolation.LINEAR, false, 7));
        assertEquals(DType.BF16, y.dtype());
        near(y, shape(1, 1, 7), 1, 1, 1, 1, 1, 1, 1);
    }

    @Test
    void pointsBetweenElementsAreWeighed() {
        Tensor at = f64(shape(1, 3, 2), 0, 0.5, 0.5, 1.25, 1, 2);
        near(onReference(() -> Spatial.sample(MAP, at, Border.ZEROS)), shape(1, 1, 3), 1.5, 7.25, 13);
    }

    @Test
    void pointsOutsideReadTheBorderOrZeros() {
        Tensor at = f64(shape(1, 4, 1), -0.25, 2.5, -3, 9);
        near(onReference(() -> Spatial.sample(LINE, at, Border.CLAMP)), shape(1, 1, 4), 10, 40, 10, 40);
        near(onReference(() -> Spatial.sample(LINE, at, Border.ZEROS)), shape(1, 1, 4), 7.5, 20, 0, 0);
    }

    @Test
    void eachBatchEntryAndChannelHasItsOwnMap() {
        Tensor x = f64(shape(2, 2, 2), 1, 2, 3, 4, 5, 6, 7, 8);
        Tensor at = f64(shape(2, 1, 1), 0.5, 1);
        near(onReference(() -> Spatial.sample(x, at, Border.ZEROS)), shape(2, 2, 1), 1.5, 3.5, 6, 8);
    }

    @Test
    void normalisedCoordinatesNameTheLastAxisFirst() {
        Tensor grid = f64(shape(1, 1, 2, 2), 1, -1, 0, 0);
        near(onReference(() -> Spatial.gridSample(MAP, grid, Border.ZEROS, true)), shape(1, 1, 1, 2), 3, 7);
        // -1 and 1 are outer edges: half of the corner is outside on each of two axes
        near(onReference(() -> Spatial.gridSample(MAP, grid, Border.ZEROS, false)), shape(1, 1, 1, 2), 0.75, 7);
        near(onReference(() -> Spatial.gridSample(MAP, grid, Border.CLAMP, false)), shape(1, 1, 1, 2), 3, 7);
    }

    @Test
    void samplingOfThreeAxesWeighsEightCorners() {
        Tensor x = f64(shape(1, 1, 2, 2, 2), 1, 2, 3, 4, 5, 6, 7, 8);
        near(
                onReference(() -> Spatial.sample(x, f64(shape(1, 1, 3), 0.5, 0.5, 0.5), Border.CLAMP)),
                shape(1, 1, 1),
                4.5);
    }

    @Test
    void gradientsGoToValuesAndCoordinates() {
        Tensor at = f64(shape(2, 3, 2), 0.3, 1.6, 1.4, 0.2, -0.4, 2.7, 0.6, 0.6, 1.8, 1.1, 0.25, 2.2);
        for (Border border : Border.values()) {
            gradientHolds(in -> List.of(Spatial.sample(in.get(0), in.get(1), border)), random(1, 2, 2, 3, 4), at);
        }
        Tensor grid = f64(shape(1, 2, 3), 0.3, -0.45, 0.7, -0.2, 0.1, -0.6);
        secondOrderHolds(
                in -> List.of(Spatial.gridSample(in.get(0), in.get(1), Border.ZEROS, false)),
                random(1, 1, 1, 2, 3, 2),
                grid);
    }

    @Test
    void coordinatesOfAnotherNumberOfAxesAreRefused() {
        assertEquals(
                "sample: floating coordinates [1, points.., 2] expected for x F64(1, 1, 2, 3), given F64(1, 4, 3)",
                error(() -> Spatial.sample(MAP, random(1, 1, 4, 3), Border.CLAMP)));
    }

    private static Tensor resize(Tensor x, Interpolation mode, boolean align, int... out) {
        return onReference(() -> Spatial.interpolate(x, mode, align, out));
    }
}
