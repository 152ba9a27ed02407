package org.layerzoo.core.spi;

import org.layerzoo.core.Stable;
import org.layerzoo.core.layer.Draws;

/** Progress, cancellation, draws and the catalogue for whatever runs long. */
@Stable(since = "0.1")
public interface RunContext {
    Draws draws();

    Catalog catalog();

    /** fraction 0..1. */
    void progress(double fraction, String message);

    /** @throws org.layerzoo.core.ZooException CANCELLED when the user asked for an end */
    void checkCancelled();

    /** Without progress or catalogue: for tests and checks. */
    static RunContext quiet(long seed) {
        return new RunContext() {
            @Override
            public Draws draws() {
                return Draws.seeded(seed);
            }

            @Override
            public Catalog catalog() {
                return Catalog.EMPTY;
            }

            @Override
            public void progress(double fraction, String message) {}

            @Override
            public void checkCancelled() {}
        };
    }
}
