package org.layerzoo.core.op.neighbourhood;

/** What a window does at the edge of its axis. */
public enum Border {
    /** It moves inwards, so that every query has the full number of keys. */
    SHIFT,
    /** Keys outside stay in the softmax with logit 0 plus bias and value 0. */
    PAD_KEYS,
    /** Keys outside do not exist. */
    PAD_MASKED
}
