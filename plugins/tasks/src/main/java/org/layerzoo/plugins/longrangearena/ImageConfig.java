package org.layerzoo.plugins.longrangearena;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Options of image classification by pixels. */
public record ImageConfig(
        @Doc("pixels of a side; T is its square") @Range(min = 8)
        int side,

        @Doc("encoder around the mixer, and samples") Backbone backbone) {}
