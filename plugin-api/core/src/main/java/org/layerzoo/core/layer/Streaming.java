package org.layerzoo.core.layer;

import org.layerzoo.core.Stable;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensors;

/** A layer that can also be fed piece by piece: prefill, chunk and single step are one call. */
@Stable(since = "0.1")
public interface Streaming extends Layer {
    /** Empty state for a batch. */
    State open(Opening opening);

    /** Takes n >= 1 tokens along T and gives 0 to n rows; {@code state} is advanced. */
    Tensors advance(Tensors in, State state, Call call);
}
