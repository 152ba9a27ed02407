package org.layerzoo.core.op.recur;

/** How a recurrence is computed; all give the same numbers up to rounding. */
public sealed interface Algorithm {
    /** Token by token. */
    record Recurrent() implements Algorithm {}

    /** Runs of {@code size} tokens in matrix products, the state between them. */
    record Chunked(int size) implements Algorithm {}

    /** All tokens as one chunk: quadratic. */
    record Parallel() implements Algorithm {}
}
