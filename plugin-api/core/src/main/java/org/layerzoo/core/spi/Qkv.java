package org.layerzoo.core.spi;

import org.layerzoo.core.tensor.Tensor;

/**
 * q [B, H, n, d], k [B, Hkv, n, d], v [B, Hkv, n, dv] of the new tokens, q and k un-rotated; x [B, n, D] the layer's
 * input for scorers.
 */
public record Qkv(Tensor q, Tensor k, Tensor v, Tensor x, Rotation rotation, double scale) {
    /** How positions enter q and k: rotates t [B, h, n, d] for positions I64 [n] or [B, n]. */
    @FunctionalInterface
    public interface Rotation {
        Rotation NONE = (t, positions) -> t;

        Tensor rotate(Tensor t, Tensor positions);
    }
}
