package org.layerzoo.core.spi;

import org.layerzoo.core.tensor.Tensors;

/** Batches by index. */
@FunctionalInterface
public interface Batches {
    Tensors get(long index);
}
