package org.layerzoo.core.spi;

/** Preset sizes of a configuration: TINY trains in seconds, TEST is the default everywhere, PAPER is the authors'. */
public enum Size {
    TINY,
    TEST,
    PAPER
}
