package org.layerzoo.core.op.neighbourhood;

import org.layerzoo.core.ZooException;

/**
 * One axis of a neighbourhood: {@code kernel} keys at distance {@code dilation}. Not causal: kernel / 2 before the query,
 * the rest from it on. Causal: the query and kernel - 1 before it; windows are cut at the start, never moved.
 */
public record Axis(int kernel, int dilation, boolean causal) {
    public Axis {
        if (kernel < 1 || dilation < 1) {
            throw ZooException.badArgument(
                    "neighbourhood: kernel and dilation of at least 1 expected, given " + kernel + " and " + dilation);
        }
    }

    /** Place of key t of the query at {@code i} (may lie outside [0, n)). */
    int key(int i, int t, int n, Border border) {
        if (causal) {
            return i + (t - kernel + 1) * dilation;
        }
        int a = i / dilation;
        int r = i % dilation;
        int start = a - kernel / 2;
        if (border == Border.SHIFT) {
            int members = (n - r + dilation - 1) / dilation;
            start = Math.max(0, Math.min(start, members - kernel));
        }
        return (start + t) * dilation + r;
    }

    /** Row of the bias table, kernel - 1 for the query itself. */
    int offset(int i, int key) {
        return Math.floorDiv(key - i, dilation) + kernel - 1;
    }
}
