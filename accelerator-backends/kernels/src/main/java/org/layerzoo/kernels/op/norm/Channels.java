package org.layerzoo.kernels.op.norm;

import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.kernels.Walk;

/**
 * The structure {@code Channels} of batch_norm.c.
 *
 * @param walk where the mask's element of a sample's position is
 */
record Channels(int batch, int channels, int positions, int parts, boolean masked, boolean affine, int[] walk) {
    /** @param mask x itself where there is none */
    static Channels of(Tensor x, Tensor mask, boolean masked, boolean affine, Gpu gpu) {
        int c = x.dim(1);
        int wanted = 4 * gpu.limits().units() / Math.max(1, c);
        int parts = Math.clamp(wanted, 1, Math.max(1, x.dim(0)));
        Shape places = x.shape().without(1);
        int[] walk = Walk.broadcast(places, masked ? mask.shape() : Shape.of()).orElseThrow();
        return new Channels(x.dim(0), c, Math.toIntExact(x.shape().product(2, x.rank())), parts, masked, affine, walk);
    }

    int[] packed() {
        int run = (batch + parts - 1) / parts;
        return new int[] {batch, channels, positions, run, parts, masked ? 1 : 0, affine ? 1 : 0};
    }

    /** One block for each part of each channel. */
    Grid sums() {
        return Grid.blocks(Math.max(1, (long) channels * parts), 256);
    }
}
