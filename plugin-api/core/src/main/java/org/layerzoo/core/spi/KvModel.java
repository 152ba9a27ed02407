package org.layerzoo.core.spi;

import org.layerzoo.core.tensor.DType;

/** What a policy must know of its host: layers, query heads, key-value heads, head size, batch. */
public record KvModel(int layers, int heads, int kvHeads, int headDim, int batch, DType dtype) {}
