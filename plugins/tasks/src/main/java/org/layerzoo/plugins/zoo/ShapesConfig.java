package org.layerzoo.plugins.zoo;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Sizes of the samples. */
public record ShapesConfig(
        @Doc("pixels along each side") @Range(min = 8) int side) {}
