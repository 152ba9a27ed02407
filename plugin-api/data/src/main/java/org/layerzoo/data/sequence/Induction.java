package org.layerzoo.data.sequence;

import java.util.Arrays;
import org.layerzoo.data.Rng;

/**
 * Induction heads (Olsson et al. 2022; the form of Gu and Dao, "Mamba", section 4.1.2): random symbols, the trigger once among
 * them and once at the end, where the symbol that followed it is asked for. 0 is the trigger.
 *
 * @param vocab V, the trigger included
 * @param length T
 */
public record Induction(int vocab, int length) {
    public Induction {
        if (vocab < 3 || length < 3) {
            throw new IllegalArgumentException(
                    "a vocabulary and a length of at least 3 expected, given " + vocab + " and " + length);
        }
    }

    public TokenSample draw(Rng rng) {
        long[] tokens = new long[length];
        long[] targets = new long[length];
        Arrays.fill(targets, TokenSample.IGNORED);
        for (int i = 0; i < length - 1; i++) {
            tokens[i] = 1 + rng.nextInt(vocab - 1);
        }
        int at = rng.nextInt(length - 2);
        tokens[at] = 0;
        targets[length - 1] = tokens[at + 1];
        return new TokenSample(tokens, targets);
    }
}
