package org.layerzoo.plugins.mamba360;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of the S4D, S5 and S6 reference kernels. */
public record SsmConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("states N: of each channel (s4d, s6) or in all (s5)") @Range(min = 1)
        int states,

        @Doc("causal, or the same model from both ends") Direction direction) {}
