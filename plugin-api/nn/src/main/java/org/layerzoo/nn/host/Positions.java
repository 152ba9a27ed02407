package org.layerzoo.nn.host;

/** What is added to the embeddings: nothing, a learned table, or sines and cosines (Vaswani et al., section 3.5). */
public enum Positions {
    NONE,
    LEARNED,
    SINUSOIDAL
}
