package org.layerzoo.core.spi;

import org.layerzoo.core.Stable;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Layer;

/** Offline fitting without a tape: head sets, clusters, hashes, pattern maps, ridge solutions. */
@Stable(since = "0.1")
public interface Fits<C extends Record> {
    Artifact fit(C config, Layer host, Batches data, Draws draws);
}
