package org.layerzoo.core.spi;

import org.layerzoo.core.Stable;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;

/**
 * The cache of one generation. The host calls {@link #attend} once a layer and step, in layer order, and nothing else;
 * positions count true tokens, whatever the cache has kept.
 */
@Stable(since = "0.1")
public interface KvSession {
    /** o [B, H, n, dv] of n new tokens; their keys and values join the cache as the policy sees fit. */
    Tensor attend(int layer, Qkv t, Call call);

    /** The state of one layer. */
    State state(int layer);

    /** What all layers share: a budget, one index set for the model; no slots unless a policy has some. */
    default State shared() {
        return new State(state(0).batch());
    }

    KvSession fork();

    /** Rows of the batch picked by index I64 [B']. */
    KvSession reorder(Tensor rows);
}
