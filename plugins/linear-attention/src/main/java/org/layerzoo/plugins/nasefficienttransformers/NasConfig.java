package org.layerzoo.plugins.nasefficienttransformers;

import java.util.List;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** The space of encoder-decoders, how the supernet is trained and how it is searched. Widths that a network may take are listed from small to large. */
public record NasConfig(
        @Doc("encoder layers") @Range(min = 1) int encoder,
        @Doc("numbers of decoder layers") List<Integer> decoder,
        @Doc("model widths D") List<Integer> dims,
        @Doc("heads of a layer") List<Integer> heads,
        @Doc("hidden widths of a layer's feed-forward") List<Integer> hidden,

        @Doc("numbers e of last encoder layers that a decoder layer attends to")
        List<Integer> sources,

        @Doc("the built-in task and the training") Train train,
        @Doc("ranking and evolution") Search search) {
    /** Copy-reverse translation when no task is given; steps of the supernet and of the best network from scratch. */
    public record Train(
            @Doc("tokens, of which 3 are reserved") @Range(min = 4)
            int vocab,

            @Doc("longest sentence") @Range(min = 8) int length,

            @Doc("sentences of a batch") @Range(min = 1) int batch,

            @Doc("steps of the supernet") @Range(min = 1) int steps,

            @Doc("steps of the best network") @Range(min = 1)
            int last,

            @Doc("learning rate") @Range(min = 0) double rate) {}

    /** Settings of the search. */
    public record Search(
            @Doc("networks evaluated for the ranker") @Range(min = 2)
            int evaluated,

            @Doc("networks of a generation") @Range(min = 2) int population,
            @Doc("generations") @Range(min = 1) int generations,
            @Doc("networks that survive") @Range(min = 1) int keep,

            @Doc("chance that a gene changes") @Range(min = 0, max = 1)
            double mutation,

            @Doc("chance of two parents") @Range(min = 0, max = 1)
            double crossover,

            @Doc("operations allowed, as a share of those of the largest network") @Range(min = 0, max = 1)
            double budget) {}

    public NasConfig {
        for (List<Integer> choices : List.of(decoder, dims, heads, hidden, sources)) {
            if (choices.isEmpty()
                    || choices.stream().anyMatch(n -> n < 1)
                    || !choices.stream().sorted().toList().equals(choices)) {
                throw new IllegalArgumentException(
                        "choices from 1 on, from small to large, expected, given " + choices);
            }
        }
        if (dims.stream().anyMatch(d -> heads.stream().anyMatch(h -> d % h != 0)) || sources.getLast() > encoder) {
            throw new IllegalArgumentException("widths " + dims + " that divide into " + heads + " heads and at most "
                    + encoder + " sources expected");
        }
    }

    /** M of cosFormer: no two tokens are further apart. */
    int farthest() {
        return train.length() * sources.getLast();
    }
}
