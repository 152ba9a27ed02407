package org.layerzoo.benchmarks.suite;

import static org.layerzoo.benchmarks.suite.Inputs.normal;

import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Padding;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.tensor.Tensor;

/** Convolutions of 8 images of 64 channels at 56x56, Fourier transforms and long convolutions. */
final class Convolutions {
    private static final double IMAGE = 0.9;
    private static final int CHANNELS = 64;
    private static final int SIDE = 56;
    private static final int LONG = 16384;

    private Convolutions() {}

    static List<Row> rows() {
        Row one = image("conv-1x1", 1, 1, false), strided = image("conv-3x3-strided", 3, 2, false);
        return List.of(
                image("depthwise-3x3", 3, 1, true),
                image("depthwise-7x7", 7, 1, true),
                one,
                gradients(one, 1, SIDE),
                image("conv-3x3", 3, 1, false),
                strided,
                gradients(strided, 3, SIDE / 2),
                Row.forward(
                        "rfft",
                        "real FFT of 256x4096",
                        1,
                        () -> List.of(normal("x", 256, 4096)),
                        x -> List.of(Ops.one(new Primitive.Rfft(1), x.getFirst())),
                        "y = torch.view_as_real(torch.fft_rfft(x[0], None, -1, None))"),
                Row.forward(
                        "long-conv",
                        "causal convolution of 64 channels, T " + LONG + ", as many taps",
                        1,
                        () -> List.of(normal("x", 1, CHANNELS, LONG), normal("k", CHANNELS, LONG)),
                        x -> List.of(Fused.longConv(x.get(0), x.get(1))),
                        """
                        n = %1$d
                        s = torch.mul(torch.fft_rfft(x[0], n, -1, None), torch.fft_rfft(x[1], n, -1, None))
                        y = torch.slice(torch.fft_irfft(s, n, -1, None), -1, 0, %2$d)
                        """.formatted(2 * LONG, LONG)));
    }

    private static Row image(String id, int kernel, int stride, boolean depthwise) {
        int groups = depthwise ? CHANNELS : 1;
        return Row.forward(
                id,
                (depthwise ? "depthwise convolution " : "convolution ") + kernel + "x" + kernel
                        + (stride > 1 ? " of stride " + stride : "") + ", 8 images, 64 channels, 56x56",
                IMAGE,
                () -> inputs(kernel, groups),
                x -> List.of(Spatial.conv2d(x.get(0), x.get(1), Padding.of(kernel / 2), stride, 1, groups)),
                "y = torch.conv2d(x[0], x[1], None, [%3$d, %3$d], [%1$d, %1$d], [1, 1], %2$d)"
                        .formatted(kernel / 2, groups, stride));
    }

    private static List<Tensor> inputs(int kernel, int groups) {
        return List.of(normal("x", 8, CHANNELS, SIDE, SIDE), normal("w", CHANNELS, CHANNELS / groups, kernel, kernel));
    }

    private static Row gradients(Row of, int kernel, int side) {
        return of.backward(
                of.id() + "-gradients",
                of.work() + ", forward and gradients",
                IMAGE,
                () -> {
                    List<Tensor> in = inputs(kernel, 1);
                    return List.of(in.get(0), in.get(1), normal("dy", 8, CHANNELS, side, side));
                },
                2);
    }
}
