package org.layerzoo.nn;

import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Padding;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * A convolution that shrinks a map, then layer norm over its channels: to tokens [B, h' w', D], row by row. Parameters {@code name.weight} [D, C,
 * kernel, kernel], {@code name.bias} and those of the norm.
 */
public record DownConv(Param weight, Param bias, Optional<Norm> norm, Step step) {
    /** Pixels of the kernel along each side, from one to the next, and zeros around. */
    public record Step(int kernel, int stride, int padding) {}

    /** @param norm name of the norm; absent for none */
    public static DownConv of(Params p, String name, Optional<String> norm, int in, int out, Step s) {
        Param w = p.weight(name + ".weight", Shape.of(out, in, s.kernel(), s.kernel()), Init.linear());
        Init b = Init.bias(in * s.kernel() * s.kernel());
        return new DownConv(
                w,
                p.weight(name + ".bias", Shape.of(out), b, new Param.Attr.NoDecay()),
                norm.map(n -> Norm.Layer.of(p, n, out, 1e-5)),
                s);
    }

    /** Of a map [B, C, h, w]. */
    public Tensor apply(Tensor map) {
        Tensor y = Spatial.bias(
                Spatial.conv2d(map, weight.value(), Padding.of(step.padding()), step.stride(), 1, 1), bias.value());
        Tensor x = y.reshape(y.dim(0), y.dim(1), y.dim(2) * y.dim(3)).permute(0, 2, 1);
        return norm.map(n -> n.apply(x)).orElse(x);
    }

    /** Of tokens [B, h w, C]. */
    public Tensor apply(Tensor x, int h, int w) {
        return apply(x.permute(0, 2, 1).reshape(x.dim(0), x.dim(2), h, w));
    }
}
