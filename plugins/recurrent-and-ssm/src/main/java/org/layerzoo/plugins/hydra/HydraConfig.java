package org.layerzoo.plugins.hydra;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of a matrix mixer in Hydra's shell. */
public record HydraConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("inner width E over D") @Range(min = 1) int expand,

        @Doc("channels P of a head, a divisor of E") @Range(min = 1)
        int headDim,

        @Doc("states N of a head, or width of its queries and keys") @Range(min = 1)
        int states,

        @Doc("width of the centred convolution, odd") @Range(min = 1)
        int convWidth,

        @Doc("bias of the convolution") boolean convBias,
        @Doc("bias of the input and output projections") boolean bias,
        @Doc("class of the matrices that mix tokens") Matrix matrix) {
    /** Classes of matrices. */
    public sealed interface Matrix {
        /** Hydra: semiseparable on either side of a free diagonal. */
        record Quasiseparable(
                @Doc("groups of heads that share B and C") @Range(min = 1)
                int groups,

                @Doc("whether both directions share B and C")
                boolean shared)
                implements Matrix {}

        /** Two causal scans from either end, as bidirectional state space models were built before; both count the diagonal. */
        record Scans(
                @Doc("groups of heads that share B and C") @Range(min = 1)
                int groups,

                @Doc("how both become one") Join join)
                implements Matrix {}

        /** The other classes of the framework, as M x + x. */
        record Sibling(
                @Doc("class") Kind kind,

                @Doc("tokens of free parameters, which fix the length; 0 where rows and columns come from the tokens")
                @Range(min = 0)
                int length)
                implements Matrix {}
    }

    /** Ways to join two scans of equal parameters. */
    public enum Join {
        /** Their sum. */
        ADD,
        /** The first half of the heads from one end, the others from the other. */
        CONCAT
    }

    /** How entries follow from rows q and columns k of width d. */
    public enum Kind {
        /** Free. */
        DENSE,
        /** A number for each distance. */
        TOEPLITZ,
        /** q.k. */
        LOW_RANK,
        /** sum_d cos(2 pi e q_id j) - cos(2 pi e k_jd i). */
        VANDERMONDE,
        /** sum_d 1 / (exp q_id + exp k_jd + 2 b). */
        CAUCHY,
        /** softmax(q.k). */
        ATTENTION
    }

    public HydraConfig {
        if (expand * dim % headDim != 0) {
            throw new IllegalArgumentException(
                    "width " + expand * dim + " does not divide into heads of " + headDim + " channels");
        }
        if (convWidth % 2 == 0) {
            throw new IllegalArgumentException(
                    "convWidth " + convWidth + " is even: a centred convolution has a middle");
        }
        int heads = expand * dim / headDim;
        int groups =
                switch (matrix) {
                    case Matrix.Quasiseparable q -> q.groups();
                    case Matrix.Scans s -> s.groups();
                    case Matrix.Sibling s -> 1;
                };
        if (heads % groups != 0) {
            throw new IllegalArgumentException(heads + " heads do not divide into " + groups + " groups");
        }
        if (matrix instanceof Matrix.Scans s && s.join() == Join.CONCAT && heads % 2 != 0) {
            throw new IllegalArgumentException("scans side by side: an even number of heads expected, given " + heads);
        }
        if (matrix instanceof Matrix.Sibling s && s.kind() == Kind.DENSE && s.length() == 0) {
            throw new IllegalArgumentException("a dense matrix has free parameters: length above 0 expected");
        }
    }

    int inner() {
        return expand * dim;
    }

    int heads() {
        return inner() / headDim;
    }

    /** Tokens that the parameters fix, 0 for any. */
    int length() {
        return matrix instanceof Matrix.Sibling s ? s.length() : 0;
    }
}
