package org.layerzoo.plugins.diffmamba;

import java.util.Optional;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of a differential Mamba layer. */
public record DiffMambaConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("inner width E of each mixer over D") @Range(min = 1)
        int expand,

        @Doc("states N") @Range(min = 1) int states,

        @Doc("width of the causal convolution") @Range(min = 1)
        int convWidth,

        @Doc("bias of the convolution") boolean convBias,
        @Doc("bias of the input and output projections") boolean bias,
        @Doc("how lambda is learned") Lambda lambda,

        @Doc("place in the stack from 1, on which lambda_init depends; absent for the place where it is built")
        @Range(min = 1)
        Optional<Integer> layer,

        @Doc("lambda_init itself, instead of 0.8 - 0.6 exp(-0.3 (layer - 1))")
        Optional<Double> lambdaInit,

        @Doc("whether only every second layer of a stack is differential, the others being one Mamba-2 twice as wide")
        boolean alternate,

        @Doc("mixers that are subtracted") Form form) {
    /** Ways to learn lambda. */
    public enum Lambda {
        /** sigmoid(sum w) + lambda_init. */
        SIGMOID,
        /** exp(q1.k1) - exp(q2.k2) + lambda_init, as in differential transformers. */
        EXPONENTIAL
    }

    /** What is subtracted. */
    public sealed interface Form {
        /** Two Mamba-2 mixers. */
        record Mamba2(
                @Doc("channels P of a head, a divisor of E") @Range(min = 1)
                int headDim,

                @Doc("groups of heads that share B and C") @Range(min = 1)
                int groups)
                implements Form {}

        /** Two Mamba mixers. */
        record Mamba1(
                @Doc("rank of the step-size projection; absent for ceil(D / 16)") @Range(min = 1)
                Optional<Integer> rank)
                implements Form {}

        /** Two scans inside one Mamba mixer without norm and lambda: the ablation that the paper rejects. */
        record Scans(
                @Doc("rank of the step-size projection; absent for ceil(D / 16)") @Range(min = 1)
                Optional<Integer> rank)
                implements Form {}
    }

    public DiffMambaConfig {
        if (form instanceof Form.Mamba2 m
                && (expand * dim % m.headDim() != 0 || expand * dim / m.headDim() % m.groups() != 0)) {
            throw new IllegalArgumentException("width " + expand * dim + ", heads of " + m.headDim() + " and "
                    + m.groups() + " groups do not divide one another");
        }
        if (alternate && !(form instanceof Form.Mamba2)) {
            throw new IllegalArgumentException("alternate layers are Mamba-2: form Mamba2 expected, given " + form);
        }
    }

    int inner() {
        return expand * dim;
    }

    int rank(Optional<Integer> given) {
        return given.orElse((dim + 15) / 16);
    }

    /** lambda_init of a layer counted from 1: 0.2, rising to 0.8. */
    public static double start(int layer) {
        return 0.8 - 0.6 * Math.exp(-0.3 * (layer - 1));
    }
}
