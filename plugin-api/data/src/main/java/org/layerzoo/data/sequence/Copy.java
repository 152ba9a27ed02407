package org.layerzoo.data.sequence;

import java.util.Arrays;
import org.layerzoo.data.Rng;

/**
 * n random symbols 1..V-1, a separator 0, and the symbols again: from the separator on each place predicts the next
 * symbol. T = 2 n.
 */
public record Copy(int vocab, int symbols) {
    public Copy {
        if (vocab < 3 || symbols < 1) {
            throw new IllegalArgumentException(
                    "a vocabulary of at least 3 and at least 1 symbol expected, given " + vocab + " and " + symbols);
        }
    }

    public TokenSample draw(Rng rng) {
        long[] tokens = new long[2 * symbols];
        long[] targets = new long[2 * symbols];
        Arrays.fill(targets, TokenSample.IGNORED);
        for (int i = 0; i < symbols; i++) {
            tokens[i] = 1 + rng.nextInt(vocab - 1);
        }
        for (int i = 0; i < symbols; i++) {
            targets[symbols + i] = tokens[i];
            if (i > 0) {
                tokens[symbols + i] = tokens[i - 1];
            }
        }
        return new TokenSample(tokens, targets);
    }
}
