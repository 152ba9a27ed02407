package org.layerzoo.core.op.recur;

/** How the state S [dk, dv] of a head changes before the new term k v^T is added. Decays are given as logarithms, finite and usually <= 0. */
public sealed interface Gate {
    /** S. */
    record None() implements Gate {}

    /** exp(g_h) S; tensor g [H]. */
    record PerHead() implements Gate {}

    /** exp(g_t) S; tensor g [B, H, T]. */
    record Scalar() implements Gate {}

    /** diag(exp(g_t)) S; tensor g [B, H, T, dk]. */
    record Key() implements Gate {}

    /** S diag(exp(g_t)); tensor g [B, H, T, dv]. */
    record Value() implements Gate {}

    /**
     * The delta rule: the new term is k u^T with u = beta (v - (exp(g_t) S)^T k); tensor beta [B, H, T], then g [B, H, T]
     * when {@code decays}.
     */
    record Delta(boolean decays) implements Gate {}

    /** Tensors of this gate. */
    default int tensors() {
        return switch (this) {
            case None n -> 0;
            case Delta d -> d.decays ? 2 : 1;
            default -> 1;
        };
    }
}
