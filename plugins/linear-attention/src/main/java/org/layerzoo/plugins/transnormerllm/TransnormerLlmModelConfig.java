package org.layerzoo.plugins.transnormerllm;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Sizes of a TransNormerLLM decoder. */
public record TransnormerLlmModelConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("layers L") @Range(min = 1) int layers,

        @Doc("hidden width of the channel mixer") @Range(min = 1)
        int hidden,

        @Doc("tokens of a block") @Range(min = 1) int block) {
    TransnormerLlmConfig mixer(int l) {
        return new TransnormerLlmConfig(
                dim,
                heads,
                l,
                layers,
                TransnormerLlmConfig.Slope.PAPER,
                TransnormerLlmConfig.NormKind.SRMSNORM,
                false,
                block);
    }
}
