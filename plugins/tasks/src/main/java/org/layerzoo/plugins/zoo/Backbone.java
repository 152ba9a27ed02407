package org.layerzoo.plugins.zoo;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.nn.host.CausalLmConfig;

/** The language model in which a mixer is tried. */
public record Backbone(
        @Doc("model width D") @Range(min = 1) int dim,
        @Doc("heads of the mixer") @Range(min = 1) int heads,
        @Doc("blocks") @Range(min = 1) int depth) {
    CausalLmConfig model(int vocab, int length) {
        return CausalLmConfig.usual(vocab, dim, heads, depth, 2 * dim, length);
    }
}
