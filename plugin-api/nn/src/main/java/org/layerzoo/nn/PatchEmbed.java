package org.layerzoo.nn;

import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Padding;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * Images to tokens: x [B, C, h p, w p] -> [B, h w, D], row by row, by a convolution whose stride is its kernel p.
 * Parameters {@code name.weight} [D, C, p, p] and {@code name.bias}.
 */
public record PatchEmbed(Param weight, Param bias) {
    public static PatchEmbed of(Params p, String name, int channels, int dim, int patch) {
        Param w = p.weight(name + ".weight", Shape.of(dim, channels, patch, patch), Init.linear());
        Init b = Init.bias(channels * patch * patch);
        return new PatchEmbed(w, p.weight(name + ".bias", Shape.of(dim), b, new Param.Attr.NoDecay()));
    }

    /** @throws ZooException if the patches do not tile the image */
    public Tensor apply(Tensor x) {
        Shape w = weight.spec().shape();
        int patch = w.dim(2);
        if (x.rank() != 4 || x.dim(1) != w.dim(1) || x.dim(2) % patch != 0 || x.dim(3) % patch != 0) {
            throw ZooException.badShape("patch embedding: images [B, " + w.dim(1)
                    + ", h, w] with sides that are multiples of " + patch + " expected, given " + x.shape());
        }
        Tensor y = Spatial.bias(Spatial.conv2d(x, weight.value(), Padding.valid(), patch, 1, 1), bias.value());
        return y.reshape(y.dim(0), y.dim(1), y.dim(2) * y.dim(3)).permute(0, 2, 1);
    }
}
