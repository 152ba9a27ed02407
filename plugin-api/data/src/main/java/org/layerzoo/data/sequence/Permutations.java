package org.layerzoo.data.sequence;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.layerzoo.data.Rng;

/**
 * The word problem of the symmetric group S_n (Merrill et al. 2024, "The Illusion of State in State-Space Models", section 3): tokens are
 * permutations x_1 .. x_T, asked for at each place is x_1 x_2 .. x_t, read from left to right. S_2 is parity, S_3 the smallest
 * group that does not commute, S_5 the smallest that is not solvable.
 *
 * @param letters n
 * @param length T
 */
public record Permutations(int letters, int length) {
    private static final int MOST = 6;

    public Permutations {
        if (letters < 2 || letters > MOST || length < 1) {
            throw new IllegalArgumentException("2 to " + MOST + " letters and a length of at least 1 expected, given "
                    + letters + " and " + length);
        }
    }

    /** n!. */
    public int size() {
        return IntStream.rangeClosed(2, letters).reduce(1, (a, b) -> a * b);
    }

    /** What the permutation of that number, in lexicographic order, makes of 0 .. n - 1; 0 is the identity. */
    public int[] of(int number) {
        List<Integer> left = new ArrayList<>(IntStream.range(0, letters).boxed().toList());
        int[] out = new int[letters];
        int rest = number, block = size();
        for (int i = 0; i < letters; i++) {
            block /= letters - i;
            out[i] = left.remove(rest / block);
            rest %= block;
        }
        return out;
    }

    /** The reverse of {@link #of}. */
    public int number(int[] permutation) {
        int number = 0;
        for (int i = 0; i < letters; i++) {
            int own = permutation[i];
            int smaller = 0;
            for (int j = i + 1; j < letters; j++) {
                smaller += permutation[j] < own ? 1 : 0;
            }
            number = number * (letters - i) + smaller;
        }
        return number;
    }

    /** First a, then b. */
    public int times(int a, int b) {
        int[] first = of(a), then = of(b);
        return number(IntStream.of(first).map(i -> then[i]).toArray());
    }

    public TokenSample draw(Rng rng) {
        long[] tokens = new long[length];
        long[] targets = new long[length];
        int state = 0;
        for (int i = 0; i < length; i++) {
            int x = rng.nextInt(size());
            state = times(state, x);
            tokens[i] = x;
            targets[i] = state;
        }
        return new TokenSample(tokens, targets);
    }
}
