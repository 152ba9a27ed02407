package org.layerzoo.plugins.spectformer;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.map.MapSized;

/** Options of the spectral gating network alone. */
public record GatingConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("rows a") @Range(min = 1) int height,
        @Doc("columns b") @Range(min = 1) int width)
        implements MapSized<GatingConfig> {
    @Override
    public GatingConfig on(int h, int w) {
        return new GatingConfig(dim, h, w);
    }
}
