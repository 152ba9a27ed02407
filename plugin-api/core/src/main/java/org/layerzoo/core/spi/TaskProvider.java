package org.layerzoo.core.spi;

import org.layerzoo.core.Stable;

/** A data set made from a seed, with the way its answers are scored. */
@Stable(since = "0.1")
public non-sealed interface TaskProvider<C extends Record> extends Provider<C> {
    Task create(C config, long seed);
}
