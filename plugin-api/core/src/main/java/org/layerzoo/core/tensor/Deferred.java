package org.layerzoo.core.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** Numbers that a backend has promised and computes when somebody reads them; a chain of such promises can run as one pass over memory. */
public interface Deferred {
    /** Writes every element. Called once at most, from the thread that reads first. */
    void compute(MemorySegment out);

    /** Tensors whose memory {@link #compute} will read. */
    List<Tensor> reads();
}
