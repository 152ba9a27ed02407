package org.layerzoo.plugins.mamba360;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.map.MapSized;

/** Options of the S4ND reference kernel. */
public record S4ndConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("states N of each channel and axis") @Range(min = 1)
        int states,

        @Doc("rows h") @Range(min = 1) int height,
        @Doc("columns w") @Range(min = 1) int width)
        implements MapSized<S4ndConfig> {
    @Override
    public S4ndConfig on(int h, int w) {
        return new S4ndConfig(dim, states, h, w);
    }
}
