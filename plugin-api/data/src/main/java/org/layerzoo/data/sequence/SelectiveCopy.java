package org.layerzoo.data.sequence;

import java.util.Arrays;
import org.layerzoo.data.Rng;

/**
 * Selective copying (Jing et al. 2019, "Gated Orthogonal Recurrent Units"; the form of Gu and Dao, "Mamba", section 4.1.1): n symbols in
 * random places among noise, then n marks, at which the symbols are asked for in order. 0 is noise, V - 1 the mark, between them lie symbols. T =
 * length + n.
 *
 * @param vocab V
 * @param length places with symbols and noise
 * @param symbols n
 */
public record SelectiveCopy(int vocab, int length, int symbols) {
    public SelectiveCopy {
        if (vocab < 4 || symbols < 1 || symbols > length) {
            throw new IllegalArgumentException("a vocabulary of at least 4 and 1 to " + length
                    + " symbols (the length) expected, given " + vocab + " and " + symbols);
        }
    }

    public TokenSample draw(Rng rng) {
        long[] tokens = new long[length + symbols];
        long[] targets = new long[length + symbols];
        Arrays.fill(tokens, length, length + symbols, vocab - 1);
        Arrays.fill(targets, TokenSample.IGNORED);
        int[] places = rng.choose(symbols, length);
        Arrays.sort(places);
        for (int i = 0; i < symbols; i++) {
            tokens[places[i]] = 1 + rng.nextInt(vocab - 2);
            targets[length + i] = tokens[places[i]];
        }
        return new TokenSample(tokens, targets);
    }
}
