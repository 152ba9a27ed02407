package org.layerzoo.core.op.attend;

/**
 * What an attention returns beside o and lse, all about the weights after multipliers and before dropout, in this order.
 *
 * @param weights [B, H, Tq, T], the only one that costs memory quadratic in length
 * @param columnMass the sum over the last so many query rows [B, H, T]; 0 none, {@link #ALL} every row
 * @param rowMass the sum over keys [B, H, Tq]
 * @param headMean the mean over heads of the last so many query rows [B, rows, T]; 0 none
 */
public record Wants(boolean weights, int columnMass, boolean rowMass, int headMean) {
    public static final int ALL = Integer.MAX_VALUE;

    public static Wants nothing() {
        return new Wants(false, 0, false, 0);
    }
}
