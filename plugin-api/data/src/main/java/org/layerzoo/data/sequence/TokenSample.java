package org.layerzoo.data.sequence;

import java.util.Arrays;

/** Tokens and, at the same places, what is to be predicted; {@link #IGNORED} where nothing is. */
public record TokenSample(long[] tokens, long[] targets) {
    public static final long IGNORED = -100;

    /** From the last token to the first. */
    public TokenSample reversed() {
        return new TokenSample(reversed(tokens), reversed(targets));
    }

    private static long[] reversed(long[] x) {
        long[] y = new long[x.length];
        Arrays.setAll(y, i -> x[x.length - 1 - i]);
        return y;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof TokenSample s && Arrays.equals(s.tokens, tokens) && Arrays.equals(s.targets, targets);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(tokens);
    }

    @Override
    public String toString() {
        return Arrays.toString(tokens) + " -> " + Arrays.toString(targets);
    }
}
