package org.layerzoo.core.spi;

import org.layerzoo.core.Stable;

/**
 * One of the sheet's Checks as code: named {@code check-<n>: <first words>}; it reports by throwing {@link Failed} through
 * the methods of {@link CheckContext}.
 */
@Stable(since = "0.1")
public record Check(String name, Body body) {
    /** What a check does. */
    @FunctionalInterface
    public interface Body {
        void run(CheckContext c);
    }

    /** What was expected and what came. */
    public static final class Failed extends AssertionError {
        private static final long serialVersionUID = 1L;

        public Failed(String message) {
            super(message);
        }
    }
}
