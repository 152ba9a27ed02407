package org.layerzoo.data.sequence;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.layerzoo.data.Rng;

/**
 * Multi-query associative recall (Arora et al., "Zoology", section 3 and appendix): pairs of key and value first, then
 * each key once more at a place whose distance follows a power law; there the value is to be predicted. Keys are 1 to
 * V/2 - 1, values V/2 to V - 1; the other places behind the pairs hold random tokens, or 0, as the paper's runs have both.
 *
 * @param vocab V
 * @param length tokens T
 * @param pairs key-value pairs
 * @param power exponent a of the law a i^(a - 1) of the gaps; 1 is uniform, small values favour short ones
 * @param noise random tokens where nothing is asked, otherwise 0
 */
public record Mqar(int vocab, int length, int pairs, double power, boolean noise) {
    /** With random tokens where nothing is asked. */
    public Mqar(int vocab, int length, int pairs, double power) {
        this(vocab, length, pairs, power, true);
    }

    public Mqar {
        if (pairs >= vocab / 2) {
            throw new IllegalArgumentException(pairs + " pairs need more than " + pairs + " keys, a vocabulary of "
                    + vocab + " has " + (vocab / 2 - 1));
        }
        if (4 * pairs > length) {
            throw new IllegalArgumentException(
                    pairs + " pairs and their queries need at least " + 4 * pairs + " tokens, given " + length);
        }
    }

    public TokenSample draw(Rng rng) {
        int context = 2 * pairs;
        int half = vocab / 2;
        int[] keys = rng.choose(pairs, half - 1);
        int[] values = rng.choose(pairs, vocab - half);
        int[] gaps = gaps(rng, (length - context) / 2);
        long[] tokens = new long[length];
        long[] targets = new long[length];
        Arrays.fill(targets, TokenSample.IGNORED);
        for (int i = context; noise && i < length; i++) {
            tokens[i] = rng.nextInt(vocab);
        }
        for (int i = 0; i < pairs; i++) {
            tokens[2 * i] = keys[i] + 1;
            tokens[2 * i + 1] = half + values[i];
            tokens[context + 2 * gaps[i]] = keys[i] + 1;
            targets[context + 2 * gaps[i]] = half + values[i];
        }
        return new TokenSample(tokens, targets);
    }

    /** Different gaps below {@code space}, drawn one after the other with weight (gap + 1)^(a - 1). */
    private int[] gaps(Rng rng, int space) {
        // The k smallest of exponential times with these rates are a draw without replacement.
        double[] times = new double[space];
        for (int i = 0; i < space; i++) {
            times[i] = -StrictMath.log(1 - rng.nextDouble()) / StrictMath.pow(i + 1, power - 1);
        }
        return IntStream.range(0, space)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> times[i]))
                .limit(pairs)
                .mapToInt(i -> i)
                .toArray();
    }
}
