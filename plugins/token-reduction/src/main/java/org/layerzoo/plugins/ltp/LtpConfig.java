package org.layerzoo.plugins.ltp;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of an encoder that prunes tokens. */
public record LtpConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("layers L") @Range(min = 1) int depth,

        @Doc("hidden width of the feed-forward layers") @Range(min = 1)
        int hidden,

        @Doc("which tokens a layer drops") Pruning pruning,

        @Doc("never drop the first token of a sequence; the authors' code may")
        boolean keepFirst,

        @Doc("gather the tokens that stay into a packed batch after each layer instead of masking the others")
        boolean compact,

        @Doc("added to the variance in layer norms") @Range(min = 0)
        double eps) {

    public LtpConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
    }

    /** The rule. Thresholds grow linearly: base_l = finalThreshold l / L, l from 0. */
    public sealed interface Pruning {
        /** Stage 1: nothing is dropped, outputs are multiplied by sigmoid((score - theta) / tau); theta is learned. */
        record Soft(
                @Doc("theta of a layer behind the last, before learning") @Range(min = 0)
                double finalThreshold,

                @Doc("temperature") @Range(min = 1e-9) double tau,

                @Doc("weight of the loss that sums the layers' mean masks") @Range(min = 0)
                double lambda)
                implements Pruning {}

        /** Stage 2 and inference: kept where the score reaches max(theta, 1e-5). */
        record Hard(
                @Doc("theta of a layer behind the last, before learning") @Range(min = 0)
                double finalThreshold) implements Pruning {}

        /** Baseline: a share of the tokens that falls to keepRate at the last layer, after the first max(3, 0.15 L) layers. */
        record TopK(
                @Doc("share at the last layer") @Range(min = 0.01, max = 1)
                double keepRate) implements Pruning {}

        /** Baseline: kept where the score reaches a share of the largest, base_l, not learned. */
        record Rising(
                @Doc("share of the largest score behind the last layer") @Range(min = 0, max = 1)
                double finalThreshold) implements Pruning {}

        /** Nothing is dropped. */
        record None() implements Pruning {}
    }
}
