package org.layerzoo.core.spi;

/** Ways in which a mechanism can be used; derived from its signature and contract, shown in catalogues. */
public enum Mode {
    SELF_CAUSAL("self-causal"),
    SELF_NONCAUSAL("self-noncausal"),
    CROSS_CAUSAL("cross-causal"),
    CROSS_NONCAUSAL("cross-noncausal"),
    VARLEN("varlen"),
    STREAMING("streaming"),
    PREFILL_ONLY("prefill-only"),
    TRAINING_ONLY("training-only"),
    TWO_D("2d"),
    THREE_D("3d"),
    VIDEO("video"),
    VOLUME("volume"),
    GRAPH("graph"),
    SET("set");

    private final String label;

    Mode(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
