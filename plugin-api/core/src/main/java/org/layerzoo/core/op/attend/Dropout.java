package org.layerzoo.core.op.attend;

/** Dropout of weights: kept ones are divided by 1 - p. */
public sealed interface Dropout {
    record None() implements Dropout {}

    /**
     * Weight (b, h, i, j) is kept when the F32 uniform draw number ((b H + h) Tq + i) T + j of (seed, stream) is >= p; T
     * counts the keys of all sections.
     */
    record Philox(double p, long seed, long stream) implements Dropout {}

    /** Tensor: BOOL [B, H, Tq, T], true is kept. */
    record Keep(double p) implements Dropout {}
}
