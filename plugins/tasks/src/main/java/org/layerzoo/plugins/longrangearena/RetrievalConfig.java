package org.layerzoo.plugins.longrangearena;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.data.text.DocumentPairs;

/** Options of document retrieval by bytes. */
public record RetrievalConfig(
        @Doc("longest document in bytes, T") @Range(min = 64)
        int length,

        @Doc("words of the hidden template") @Range(min = 1) int template,
        @Doc("encoder around the mixer, and samples") Backbone backbone) {
    public RetrievalConfig {
        new DocumentPairs(length, template);
    }
}
