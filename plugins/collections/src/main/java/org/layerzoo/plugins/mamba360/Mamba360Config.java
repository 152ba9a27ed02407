package org.layerzoo.plugins.mamba360;

import java.util.List;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Options of the comparison. */
public record Mamba360Config(
        @Doc("model width D of every member") @Range(min = 1)
        int dim,

        @Doc("states N") @Range(min = 1) int states,

        @Doc("lengths at which time and bytes are taken") @Range(min = 2)
        List<Integer> lengths,

        @Doc("timed runs a point, of which the median counts") @Range(min = 1)
        int runs,

        @Doc("lags of the impulse responses") @Range(min = 2)
        int lags,

        @Doc("recall and copying") Tests tests) {
    /** Small tasks on which the members are trained. */
    public record Tests(
            @Doc("vocabulary") @Range(min = 8) int vocab,

            @Doc("tokens of a recall sequence; half of it are the symbols to copy") @Range(min = 8)
            int length,

            @Doc("key-value pairs") @Range(min = 1) int pairs,

            @Doc("heads of the softmax peer") @Range(min = 1)
            int heads,

            @Doc("blocks") @Range(min = 1) int depth,
            @Doc("training steps") @Range(min = 1) int steps,
            @Doc("sequences a step") @Range(min = 1) int batch,
            @Doc("learning rate") @Range(min = 0) double learningRate) {
        public Tests {
            if (pairs >= vocab / 2 || 4 * pairs > length) {
                throw new IllegalArgumentException("pairs below vocab / 2 and at most length / 4 expected, given pairs "
                        + pairs + ", vocab " + vocab + ", length " + length);
            }
        }
    }

    public Mamba360Config {
        if (lengths.isEmpty()) {
            throw new IllegalArgumentException("at least one length expected, given none");
        }
        if (dim % tests.heads() != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + tests.heads() + " heads");
        }
        lengths = List.copyOf(lengths);
    }
}
