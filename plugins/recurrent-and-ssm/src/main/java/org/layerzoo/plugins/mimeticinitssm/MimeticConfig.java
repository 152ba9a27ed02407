package org.layerzoo.plugins.mimeticinitssm;

import java.util.List;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** The four interventions, each alone or together. */
public record MimeticConfig(
        @Doc("whether states keep what they hold: A = -a for every channel and state")
        boolean transition,

        @Doc("a, the magnitude of A") @Range(min = 1e-12, max = 1)
        double a,

        @Doc("whether step sizes start at 1: b_D = log(e - 1)")
        boolean step,

        @Doc("factor on the initial W_D beside steps of 1") @Range(min = 0)
        double stepWeight,

        @Doc("whether W_B and W_C start as the same draw") boolean tied,

        @Doc("variance of that draw, times the number of states") @Range(min = 0)
        double tiedVariance,

        @Doc("layers whose convolution starts as the identity")
        Conv conv,

        @Doc("groups G of heads that share B and C in a Mamba-2 layer") @Range(min = 1)
        int groups,

        @Doc("layers that the recipe is for, from 0; none for all") @Range(min = 0)
        List<Integer> layers) {
    /** Where the convolution passes its input. */
    public enum Conv {
        NONE,
        ALL,
        /** All but the first layer, which can still look one token back. */
        AFTER_FIRST
    }

    public MimeticConfig {
        layers = List.copyOf(layers);
    }

    /** Everything, as the paper has it. */
    public static MimeticConfig all() {
        return new MimeticConfig(true, 1e-3, true, 0, true, 1, Conv.ALL, 1, List.of());
    }

    /** Nothing: the host's own initial values. */
    public static MimeticConfig none() {
        return new MimeticConfig(false, 1e-3, false, 0, false, 1, Conv.NONE, 1, List.of());
    }

    public MimeticConfig withA(double magnitude) {
        return new MimeticConfig(transition, magnitude, step, stepWeight, tied, tiedVariance, conv, groups, layers);
    }

    boolean chooses(int layer) {
        return layers.isEmpty() || layers.contains(layer);
    }

    boolean convolves(int layer) {
        return conv == Conv.ALL || conv == Conv.AFTER_FIRST && layer > 0;
    }
}
