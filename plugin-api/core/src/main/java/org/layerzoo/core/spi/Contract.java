package org.layerzoo.core.spi;

import java.util.OptionalInt;

/**
 * What holds for a layer; the conformance suite tests what is declared and that what is not declared is refused.
 *
 * @param causality what output t may depend on
 * @param streaming how {@code advance} relates to {@code forward}
 * @param gradient which derivatives exist
 * @param batchCoupled whether rows of a batch influence one another
 * @param fixedLength the only length that works, when there is one
 * @param ownsResidual whether the output already contains the input
 */
public record Contract(
        Causality causality,
        StreamLaw streaming,
        GradientLaw gradient,
        boolean batchCoupled,
        OptionalInt fixedLength,
        boolean ownsResidual) {

    /** VALUES_ONLY: selection may look ahead, values may not. */
    public enum Causality {
        EXACT,
        VALUES_ONLY,
        NONE
    }

    /** EQUALS_SAME_CHUNKS: equal only when forward is cut at the same places. */
    public enum StreamLaw {
        NONE,
        EQUALS_FORWARD,
        EQUALS_SAME_CHUNKS,
        APPROXIMATE
    }

    /** FROZEN_SELECTION: derivatives with the selected indices held fixed. */
    public enum GradientLaw {
        ALL_ORDERS,
        FIRST_ORDER,
        FROZEN_SELECTION,
        NONE
    }

    /** Causal, streaming equals forward, all derivatives. */
    public static Contract causalStreaming() {
        return new Contract(
                Causality.EXACT, StreamLaw.EQUALS_FORWARD, GradientLaw.ALL_ORDERS, false, OptionalInt.empty(), false);
    }

    /** Looks both ways, no streaming, all derivatives. */
    public static Contract bidirectional() {
        return new Contract(Causality.NONE, StreamLaw.NONE, GradientLaw.ALL_ORDERS, false, OptionalInt.empty(), false);
    }

    public Contract with(Causality c) {
        return new Contract(c, streaming, gradient, batchCoupled, fixedLength, ownsResidual);
    }

    public Contract with(StreamLaw s) {
        return new Contract(causality, s, gradient, batchCoupled, fixedLength, ownsResidual);
    }

    public Contract with(GradientLaw g) {
        return new Contract(causality, streaming, g, batchCoupled, fixedLength, ownsResidual);
    }

    public Contract withFixedLength(int n) {
        return new Contract(causality, streaming, gradient, batchCoupled, OptionalInt.of(n), ownsResidual);
    }

    public Contract withBatchCoupled() {
        return new Contract(causality, streaming, gradient, true, fixedLength, ownsResidual);
    }

    public Contract owningResidual() {
        return new Contract(causality, streaming, gradient, batchCoupled, fixedLength, true);
    }
}
