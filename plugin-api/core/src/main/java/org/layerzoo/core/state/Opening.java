package org.layerzoo.core.state;

import org.layerzoo.core.tensor.DType;

/** How a stream starts: rows of the batch, a hint for the total number of tokens, tokens a page for paged slots. */
public record Opening(int batch, int capacityHint, int pageSize, DType dtype) {
    public static Opening of(int batch) {
        return new Opening(batch, 0, 16, DType.F32);
    }

    public Opening with(DType d) {
        return new Opening(batch, capacityHint, pageSize, d);
    }
}
