package org.layerzoo.plugins.lion;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of LION. */
public record LionConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("bias of queries, keys and values") boolean qkvBias,
        @Doc("decay with the distance of tokens") Decay decay,

        @Doc("token 0 is a class token, which decays nothing")
        boolean classToken,

        @Doc("order in which distance is counted") Order order) {
    /** NONE is LION-LIT, FIXED LION-D, SELECTIVE LION-S. */
    public enum Decay {
        NONE,
        /** lambda = sigmoid(a), one a head. */
        FIXED,
        /** lambda_t = 1 - sigmoid(x_t w + b), one a head and token. */
        SELECTIVE
    }

    /** Along the tokens or on a map. */
    public sealed interface Order {
        /** As they come, any number. */
        record Line() implements Order {}

        /** Mean of two decays on a map: along a snake through its rows and along one through its columns, each with its own parameters. */
        record Snakes(
                @Doc("rows of the map") @Range(min = 1) int height,
                @Doc("columns of the map") @Range(min = 1) int width)
                implements Order {}
    }

    public LionConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
    }

    /** Tokens of a map, with the class token. */
    int tokens(Order.Snakes s) {
        return s.height() * s.width() + (classToken ? 1 : 0);
    }
}
