package org.layerzoo.plugins.memmamba;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.ssm.SelectiveMixer;

/** Options of a MemMamba stack. */
public record MemMambaConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("layers") @Range(min = 1) int layers,
        @Doc("states N of each channel") @Range(min = 1) int states,

        @Doc("width of the causal convolution") @Range(min = 1)
        int convWidth,

        @Doc("inner width E over D") @Range(min = 1) int expand,
        @Doc("width ds of a summary") @Range(min = 1) int summary,

        @Doc("summaries P that a layer keeps") @Range(min = 1)
        int capacity,

        @Doc("every how many layers the pools of the layers before are read") @Range(min = 1)
        int period,

        @Doc("importance tau1 above which a token is noted") @Range(min = 0, max = 1)
        double writeAbove,

        @Doc("forgetting score tau2 above which a token reads") @Range(min = 0, max = 1)
        double readAbove,

        @Doc("which summary gives way in a full pool") Replace replace,

        @Doc("how a token takes in what it reads from its layer's pool")
        Fusion fusion,

        @Doc("what forgetting scores see of the token before")
        GateInput gateInput) {
    /** What gives way. */
    public enum Replace {
        /** The least important, of equal ones the oldest. */
        PRIORITY,
        /** The oldest. */
        FIFO
    }

    /** x and what was read, c. */
    public enum Fusion {
        /** x + sigmoid(W [x, c]) c. */
        GATED,
        /** x + c. */
        SUM,
        /** W [x, c]. */
        CONCAT
    }

    /** What scores see. */
    public enum GateInput {
        /** The layer's normalised input, so all scores are known before the scan. */
        INPUT,
        /** The layer's output, which holds earlier reads: token by token only. */
        STATE
    }

    /** These sizes, and what the paper leaves open at its default. */
    static MemMambaConfig sized(int dim, int layers, int states, int summary, int capacity, int period) {
        return new MemMambaConfig(
                dim,
                layers,
                states,
                4,
                2,
                summary,
                capacity,
                period,
                0.5,
                0.5,
                Replace.PRIORITY,
                Fusion.GATED,
                GateInput.INPUT);
    }

    /** Sizes of a layer's mixer. */
    SelectiveMixer.Sizes mixer() {
        return new SelectiveMixer.Sizes(
                "memmamba", dim, expand * dim, states, (dim + 15) / 16, convWidth, true, false, layers);
    }

    /** Layers before the given one whose pools it reads; 0 where it reads none. */
    int behind(int layer) {
        return (layer + 1) % period == 0 ? Math.min(period, layer) : 0;
    }
}
