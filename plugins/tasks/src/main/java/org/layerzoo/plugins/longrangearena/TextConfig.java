package org.layerzoo.plugins.longrangearena;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Options of text classification by bytes. */
public record TextConfig(
        @Doc("longest text in bytes, T") @Range(min = 64) int length,

        @Doc("share of opinions that are negated") @Range(min = 0, max = 1)
        double negated,

        @Doc("encoder around the mixer, and samples") Backbone backbone) {}
