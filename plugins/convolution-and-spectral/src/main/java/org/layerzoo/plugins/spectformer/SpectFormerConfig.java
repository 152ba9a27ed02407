package org.layerzoo.plugins.spectformer;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.map.ImageSized;

/** Options of the isotropic SpectFormer. */
public record SpectFormerConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads of the attention layers") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("layers") @Range(min = 1) int depth,

        @Doc("the first alpha layers are spectral, the others attend; 0 is a plain ViT, depth is GFNet") @Range(min = 0)
        int alpha,

        @Doc("rows a of the grid of patches") @Range(min = 1)
        int height,

        @Doc("columns b of the grid of patches") @Range(min = 1)
        int width,

        @Doc("side of a patch in pixels") @Range(min = 1) int patch,
        @Doc("channels of the image") @Range(min = 1) int channels,
        @Doc("classes") @Range(min = 1) int classes,

        @Doc("hidden width of the MLPs, as a multiple of D") @Range(min = 0.01)
        double mlpRatio,

        @Doc("probability of dropping the last layer while training; grows linearly from 0 at the first")
        @Range(min = 0, max = 0.99)
        double dropPath,

        @Doc("added to the variance in layer norms") @Range(min = 0)
        double eps)
        implements ImageSized<SpectFormerConfig> {
    public SpectFormerConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
        if (alpha > depth) {
            throw new IllegalArgumentException("alpha must not exceed the depth " + depth + ", given " + alpha);
        }
    }

    @Override
    public SpectFormerConfig on(int h, int w) {
        return new SpectFormerConfig(dim, heads, depth, alpha, h, w, patch, channels, classes, mlpRatio, dropPath, eps);
    }
}
