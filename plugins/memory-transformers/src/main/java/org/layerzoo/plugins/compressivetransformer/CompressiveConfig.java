package org.layerzoo.plugins.compressivetransformer;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.memory.Compression;

/** Options of a Compressive Transformer layer. */
public record CompressiveConfig(
        @Doc("model width D") @Range(min = 2) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("hidden width of the channel mixer") @Range(min = 1)
        int hidden,

        @Doc("tokens ns of a segment") @Range(min = 1) int segment,
        @Doc("memory nm") @Range(min = 0) int memory,
        @Doc("compressed memory ncm") @Range(min = 0) int compressed,

        @Doc("rate c: old memories that become one") @Range(min = 1)
        int rate,

        @Doc("how they do") Compression.Function function,
        @Doc("what trains the function") Compression.Training training,

        @Doc("whether norms stand before their branch instead of behind the sum")
        boolean prenorm) {
    public CompressiveConfig {
        if (dim % (2 * heads) != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads of even size");
        }
        if (segment % rate != 0 || memory % rate != 0) {
            throw new IllegalArgumentException(
                    "segment " + segment + " and memory " + memory + " must be multiples of the rate " + rate);
        }
    }
}
