package org.layerzoo.plugins.mamba360;

/** Which tokens an output may see. */
public enum Direction {
    CAUSAL,
    /** The same model from both ends, summed; parameters shared. */
    BIDIRECTIONAL
}
