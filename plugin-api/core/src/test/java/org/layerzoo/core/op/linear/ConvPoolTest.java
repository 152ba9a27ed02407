package org.layerzoo.core.op.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.layerzoo.core.op.Expect.equal;
import static org.layerzoo.core.op.Expect.error;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.gradients;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.shape;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ConvGeometry;
import org.layerzoo.core.op.Primitive.PoolGeometry;
import org.layerzoo.core.tensor.Tensor;

class ConvPoolTest {
    private static final double INF = Double.POSITIVE_INFINITY;

    private static ConvGeometry line(int stride, int before, int after, int dilation, int groups) {
        return new ConvGeometry(
                new int[] {stride}, new int[] {before}, new int[] {after}, new int[] {dilation}, groups);
    }

    private static PoolGeometry pool(int kernel, int stride, int before, int after) {
        return new PoolGeometry(new int[] {kernel}, new int[] {stride}, new int[] {before}, new int[] {after});
    }

    private static Tensor conv(ConvGeometry g, Tensor x, Tensor w) {
        return onReference(() -> Ops.one(new Primitive.Conv(g), x, w));
    }

    @Test
    void convolutionIsCrossCorrelation() {
        Tensor x = f64(shape(1, 1, 4), 1, 2, 3, 4);
        Tensor w = f64(shape(1, 1, 2), 10, 1);
        near(conv(line(1, 0, 0, 1, 1), x, w), shape(1, 1, 3), 12, 23, 34);
    }

    @Test
    void paddingOnOneSideMakesItCausal() {
        Tensor x = f64(shape(1, 1, 3), 1, 2, 3);
        Tensor w = f64(shape(1, 1, 3), 100, 10, 1);
        near(conv(line(1, 2, 0, 1, 1), x, w), shape(1, 1, 3), 1, 12, 123);
        near(conv(line(1, 0, 2, 1, 1), x, w), shape(1, 1, 3), 123, 230, 300);
    }

    @Test
    void strideAndDilationLeaveOut() {
        Tensor x = f64(shape(1, 1, 7), 1, 2, 3, 4, 5, 6, 7);
        Tensor w = f64(shape(1, 1, 2), 10, 1);
        // taps at 0,3 | 2,5 ; the window from 4 would end at 7
        near(conv(line(2, 0, 0, 3, 1), x, w), shape(1, 1, 2), 14, 36);
    }

    @Test
    void groupsKeepChannelsApart() {
        Tensor x = f64(shape(1, 2, 2), 1, 2, 3, 4);
        Tensor w = f64(shape(4, 1, 1), 1, 10, 100, 1000);
        near(conv(line(1, 0, 0, 1, 2), x, w), shape(1, 4, 2), 1, 2, 10, 20, 300, 400, 3000, 4000);
    }

    @Test
    void channelsAndKernelsOfTwoAxesAddUp() {
        ConvGeometry g = new ConvGeometry(new int[] {1, 1}, new int[] {0, 0}, new int[] {0, 0}, new int[] {1, 1}, 1);
        Tensor x = f64(shape(1, 2, 2, 3), 1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60);
        Tensor w = f64(shape(1, 2, 2, 2), 1, 0, 0, 1, 0, 1, 1, 0);
        // 1+5 + 20+40, 2+6 + 30+50
        near(conv(g, x, w), shape(1, 1, 1, 2), 66, 88);
    }

    @Test
    void threeAxesMeetTheirOwnSizes() {
        ConvGeometry g = new ConvGeometry(new int[] {1, 1, 1}, new int[3], new int[3], new int[] {1, 1, 1}, 1);
        Tensor x = f64(shape(1, 1, 2, 1, 2), 1, 2, 3, 4);
        Tensor w = f64(shape(1, 1, 2, 1, 1), 1, 10);
        near(conv(g, x, w), shape(1, 1, 1, 1, 2), 31, 42);
    }

    @Test
    void theAdjointInXIsTransposedConvolution() {
        Tensor dy = f64(shape(1, 1, 2), 1, 2);
        Tensor w = f64(shape(1, 1, 3), 100, 10, 1);
        Primitive.ConvInput op = new Primitive.ConvInput(line(2, 0, 0, 1, 1), new int[] {5});
        // 1 lands on 0..2, 2 on 2..4
        near(onReference(() -> Ops.one(op, dy, w)), shape(1, 1, 5), 100, 10, 201, 20, 2);
        Primitive.ConvInput longer = new Primitive.ConvInput(line(2, 0, 0, 1, 1), new int[] {6});
        near(onReference(() -> Ops.one(longer, dy, w)), shape(1, 1, 6), 100, 10, 201, 20, 2, 0);
    }

    @Test
    void theAdjointInWCorrelatesInputAndCotangent() {
        Tensor x = f64(shape(1, 1, 4), 1, 2, 3, 4);
        Tensor dy = f64(shape(1, 1, 3), 1, 10, 100);
        Primitive.ConvWeight op = new Primitive.ConvWeight(line(1, 0, 0, 1, 1), new int[] {2});
        near(onReference(() -> Ops.one(op, x, dy)), shape(1, 1, 2), 321, 432);
    }

    @Test
    void maxPoolTakesTheFirstOfATieAndGivesItsFlatIndex() {
        PoolGeometry g = new PoolGeometry(new int[] {2, 2}, new int[] {2, 2}, new int[2], new int[2]);
        Tensor x = f64(shape(1, 1, 2, 4), 1, 5, 2, 2, 5, 0, 2, 2);
        List<Tensor> y = onReference(() -> Ops.all(new Primitive.MaxPool(g), x));
        near(y.get(0), shape(1, 1, 1, 2), 5, 2);
        equal(y.get(1), shape(1, 1, 1, 2), 1, 2);
    }

    @Test
    void maxPoolPadsWithMinusInfinity() {
        Tensor x = f64(shape(1, 1, 3), -4, -INF, -6);
        List<Tensor> y = onReference(() -> Ops.all(new Primitive.MaxPool(pool(2, 1, 1, 1)), x));
        near(y.get(0), shape(1, 1, 4), -4, -4, -6, -6);
        equal(y.get(1), shape(1, 1, 4), 0, 0, 2, 2);
    }

    @Test
    void maxPoolPassesNanOn() {
        Tensor x = f64(shape(1, 1, 3), 1, Double.NaN, 3);
        List<Tensor> y = onReference(() -> Ops.all(new Primitive.MaxPool(pool(3, 1, 0, 0)), x));
        near(y.get(0), shape(1, 1, 1), Double.NaN);
        equal(y.get(1), shape(1, 1, 1), 1);
    }

    @Test
    void maxPoolsGradientAddsUpWhereWindowsShareAMaximum() {
        Tensor x = f64(shape(1, 1, 4), 1, 9, 2, 3);
        Tensor weight = f64(shape(1, 1, 3), 1, 10, 100);
        Tensor dx = gradients(
                        in -> Ops.all(new Primitive.MaxPool(pool(2, 1, 0, 0)), in.getFirst())
                                .getFirst()
                                .mul(weight),
                        x)
                .getFirst();
        near(dx, shape(1, 1, 4), 0, 11, 0, 100);
    }

    @Test
    void avgPoolCountsPaddingOrNot() {
        Tensor x = f64(shape(1, 1, 3), 6, 12, 18);
        near(onReference(() -> Ops.one(new Primitive.AvgPool(pool(2, 2, 1, 0), true), x)), shape(1, 1, 2), 3, 15);
        near(onReference(() -> Ops.one(new Primitive.AvgPool(pool(2, 2, 1, 0), false), x)), shape(1, 1, 2), 6, 15);
    }

    @Test
    void avgPoolsAdjointSharesOut() {
        Tensor dy = f64(shape(1, 1, 2), 3, 10);
        Primitive.AvgPoolInput valid = new Primitive.AvgPoolInput(pool(2, 2, 1, 0), false, new int[] {3});
        near(onReference(() -> Ops.one(valid, dy)), shape(1, 1, 3), 3, 5, 5);
        Primitive.AvgPoolInput counted = new Primitive.AvgPoolInput(pool(2, 2, 1, 0), true, new int[] {3});
        near(onReference(() -> Ops.one(counted, dy)), shape(1, 1, 3), 1.5, 5, 5);
    }

    @Test
    void errorsNameWhatDoesNotFit() {
        Tensor x = f64(shape(1, 2, 3), 1, 2, 3, 4, 5, 6);
        assertEquals(
                "conv: a window of 1..3 elements expected on spatial axis 0 of x (1, 2, 3) with its padding, given 4",
                error(() -> conv(line(1, 0, 0, 1, 1), x, f64(shape(1, 2, 4), new double[8]))));
        assertEquals(
                "conv: x of 1 channels (1 groups of 1) expected for w (1, 1, 1), given x (1, 2, 3)",
                error(() -> conv(line(1, 0, 0, 1, 1), x, f64(shape(1, 1, 1), 1))));
        assertEquals(
                "conv: stride of at least 1 expected, given [0]",
                error(() -> conv(line(0, 0, 0, 1, 1), x, f64(shape(1, 2, 1), 1, 1))));
        assertEquals(
                "max_pool: padding below the kernel's size 2 and elements to pool expected on spatial axis 0, given "
                        + "padding 2 of x (1, 2, 3)",
                error(() -> Ops.all(new Primitive.MaxPool(pool(2, 1, 2, 0)), x)));
        assertEquals(
                "conv_input: dy of shape (1, 1, 4) expected, given (1, 1, 2)",
                error(() -> Ops.one(
                        new Primitive.ConvInput(line(1, 0, 0, 1, 1), new int[] {4}),
                        f64(shape(1, 1, 2), 1, 2),
                        f64(shape(1, 1, 1), 1))));
    }
}
