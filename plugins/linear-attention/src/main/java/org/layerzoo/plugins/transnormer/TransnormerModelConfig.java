package org.layerzoo.plugins.transnormer;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.plugins.transnormer.TransnormerConfig.Feature;
import org.layerzoo.plugins.transnormer.TransnormerConfig.Form;
import org.layerzoo.plugins.transnormer.TransnormerConfig.NormKind;
import org.layerzoo.plugins.transnormer.TransnormerConfig.Weights;

/** Sizes of a TransNormer decoder. */
public record TransnormerModelConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("layers L, the first half with DiagAttention") @Range(min = 1)
        int layers,

        @Doc("tokens of a block of DiagAttention") @Range(min = 1)
        int window,

        @Doc("hidden width of the gated linear unit, 8/3 D in the paper") @Range(min = 1)
        int hidden,

        @Doc("swish in the gated linear unit, else nothing") boolean swish,

        @Doc("ReLU and elu (T1) instead of softmax and elu + 1 (T2)")
        boolean first) {
    TransnormerConfig mixer(int l) {
        Form form = l < layers / 2
                ? new Form.Diagonal(window, first ? Weights.RELU : Weights.SOFTMAX)
                : new Form.Linear(first ? Feature.ELU : Feature.ONE_PLUS_ELU, NormKind.SIMPLE_RMSNORM, false, false);
        return new TransnormerConfig(dim, dim, heads, true, form);
    }
}
