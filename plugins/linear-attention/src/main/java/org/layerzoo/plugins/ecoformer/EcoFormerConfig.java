package org.layerzoo.plugins.ecoformer;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of attention with binary codes. */
public record EcoFormerConfig(
        @Doc("model width C") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads h") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("bits b of a code") @Range(min = 1) int bits,
        @Doc("anchors m of the kernel") @Range(min = 1) int anchors,
        @Doc("bias of the projections") boolean bias,

        @Doc("(b + 1) v_i instead of (b + 1) sum_j v_j in the numerator, as released")
        boolean ownValueBias,

        @Doc("what codes meet values as") Codes codes,
        @Doc("how the hash is learned in training") Fit fit) {
    /** NUMBERS: +-1 in products of matrices, fastest where a machine multiplies and adds at once. PACKED: bits of words, values only added and subtracted. */
    public enum Codes {
        NUMBERS,
        PACKED
    }

    /** When and how the codes are fitted to the largest and smallest logits. */
    public record Fit(
            @Doc("training steps between two fits, 0 for none") @Range(min = 0)
            int every,

            @Doc("descent steps a bit") @Range(min = 1) int steps,

            @Doc("learning rate of a bit") @Range(min = 0) double rate,

            @Doc("logits of a row that count as alike, and as unlike") @Range(min = 1)
            int top) {}

    public EcoFormerConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
    }

    int headDim() {
        return dim / heads;
    }
}
