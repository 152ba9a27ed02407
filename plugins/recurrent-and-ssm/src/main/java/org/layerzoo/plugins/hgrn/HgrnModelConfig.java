package org.layerzoo.plugins.hgrn;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Sizes of an HGRN stack. */
public record HgrnModelConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("layers L") @Range(min = 1) int layers,

        @Doc("hidden width of the channel mixer") @Range(min = 1)
        int hidden,

        @Doc("hidden state of the recurrence") HgrnConfig.Form form) {
    HgrnConfig mixer() {
        return new HgrnConfig(dim, form, true, true);
    }
}
