package org.layerzoo.core.op.recur;

/** Which share of its own token a row reads: o_t = scale q_t^T (decayed S_{t-1} + share k_t u_t^T). */
public enum Diagonal {
    INCLUSIVE(1),
    HALF(0.5),
    EXCLUSIVE(0),
    /** o_t = scale q_t^T S_{t-1}: not even the decay of token t. */
    BEFORE(0);

    private final double share;

    Diagonal(double share) {
        this.share = share;
    }

    public double share() {
        return share;
    }
}
