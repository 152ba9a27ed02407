package org.layerzoo.core.spi;

import java.util.Optional;
import org.layerzoo.core.Stable;

/** A policy for the key-value cache of a host model: the model hands over q, k, v of each layer and gets the attention output. */
@Stable(since = "0.1")
public non-sealed interface KvPolicyProvider<C extends Record> extends Provider<C> {
    KvSession open(C config, KvModel model, Optional<Artifact> fitted);
}
