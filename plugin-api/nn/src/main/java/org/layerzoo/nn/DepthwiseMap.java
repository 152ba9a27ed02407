package org.layerzoo.nn;

import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Padding;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Depthwise convolution of a map with zeros around, on its tokens row by row: x [B, h w, C]. Parameters {@code name.weight} [C, 1, side, side], {@code name.bias} [C]. */
public record DepthwiseMap(Param weight, Optional<Param> bias) {
    /** @param side odd @param init of the weight; the bias starts at 0 */
    public static DepthwiseMap of(Params p, String name, int channels, int side, boolean bias, Init init) {
        Param w = p.weight(name + ".weight", Shape.of(channels, 1, side, side), init);
        return new DepthwiseMap(
                w,
                bias
                        ? Optional.of(
                                p.weight(name + ".bias", Shape.of(channels), Init.zeros(), new Param.Attr.NoDecay()))
                        : Optional.empty());
    }

    public Tensor apply(Tensor x, int h, int w) {
        Tensor map = x.permute(0, 2, 1).reshape(x.dim(0), x.dim(2), h, w);
        Padding same = Padding.of(weight.spec().shape().dim(2) / 2);
        Tensor y = Spatial.conv2d(map, weight.value(), same, 1, 1, x.dim(2));
        Tensor shifted = bias.map(b -> Spatial.bias(y, b.value())).orElse(y);
        return shifted.reshape(x.dim(0), x.dim(2), h * w).permute(0, 2, 1);
    }
}
