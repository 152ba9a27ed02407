package org.layerzoo.plugins.retrievalhead;

import java.util.List;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Options of the retrieval-head probe. */
public record RetrievalHeadConfig(
        @Doc("haystacks") Haystacks haystacks,

        @Doc("whether a token copied twice counts twice, as in the released code")
        boolean countRepeats,

        @Doc("mean score from which a head is a retrieval head") @Range(min = 0, max = 1)
        double threshold,

        @Doc("numbers of heads to mask") @Range(min = 1) List<Integer> masked,

        @Doc("model that is trained when no subject is given")
        Own own) {
    /** Lengths times depths times needle sets make the examples. */
    public record Haystacks(
            @Doc("prompt lengths") @Range(min = 16) List<Integer> lengths,

            @Doc("depths of the needle, as parts of the prompt") @Range(min = 0, max = 1)
            List<Double> depths,

            @Doc("needle sets") @Range(min = 1) int sets,
            @Doc("tokens of a needle") @Range(min = 1) int needle) {}

    /** A small language model and how long it is trained on haystacks. */
    public record Own(
            @Doc("vocabulary") @Range(min = 16) int vocab,
            @Doc("model width") @Range(min = 4) int dim,
            @Doc("heads") @Range(min = 1) int heads,
            @Doc("layers") @Range(min = 1) int depth,
            @Doc("training steps") @Range(min = 1) int steps) {}
}
