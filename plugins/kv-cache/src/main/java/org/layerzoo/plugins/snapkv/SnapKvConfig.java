package org.layerzoo.plugins.snapkv;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Options of SnapKV. */
public record SnapKvConfig(
        @Doc("w: last queries of the prompt, which vote and whose keys are always kept") @Range(min = 1)
        int window,

        @Doc("c: prompt entries kept a head, the window included") @Range(min = 2)
        int capacity,

        @Doc("p: width of the pooling that keeps neighbours of a winner together; odd") @Range(min = 1)
        int kernel,

        @Doc("how votes are pooled") Pooling pooling,

        @Doc("whether each query head keeps its own entries (as released) or the heads of a group share one set")
        Grouping grouping) {
    public SnapKvConfig {
        if (kernel % 2 == 0) {
            throw new IllegalArgumentException("kernel must be odd, given " + kernel);
        }
        if (capacity <= window) {
            throw new IllegalArgumentException("capacity must be above window " + window + ", given " + capacity);
        }
    }

    /** Average counts the zero padding at the borders; maximum pads with minus infinity. */
    public enum Pooling {
        AVERAGE,
        MAXIMUM
    }

    /** PER_GROUP votes with the mean over the query heads of a key-value head and stores a cache of key-value heads. */
    public enum Grouping {
        PER_QUERY_HEAD,
        PER_GROUP
    }
}
