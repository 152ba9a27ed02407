package org.layerzoo.data.sequence;

import java.util.Arrays;
import org.layerzoo.data.Rng;

/**
 * Time series of five kinds, in levels: a sine, a square, a triangle, a sawtooth or a short pulse, of random period, phase and height and
 * with noise. Behind T - 1 readings comes a mark, at which the kind is asked for. Levels are 0..L-1, the mark is L, kinds are L + 1..L + 5.
 *
 * @param levels L, over values from -2 to 2
 * @param length T
 */
public record Waves(int levels, int length) {
    public static final int KINDS = 5;

    private static final double NOISE = 0.3;

    public Waves {
        if (levels < 2 || length < 9) {
            throw new IllegalArgumentException(
                    "at least 2 levels and 9 tokens expected, given " + levels + " and " + length);
        }
    }

    public int vocab() {
        return levels + 1 + KINDS;
    }

    public TokenSample draw(Rng rng) {
        int kind = rng.nextInt(KINDS);
        double periods = 2 + 2 * rng.nextDouble();
        double phase = rng.nextDouble();
        double height = 0.7 + 0.6 * rng.nextDouble();
        long[] tokens = new long[length];
        long[] targets = new long[length];
        Arrays.fill(targets, TokenSample.IGNORED);
        for (int i = 0; i < length - 1; i++) {
            double at = periods * i / (length - 1) + phase;
            double x = height * shape(kind, at - StrictMath.floor(at)) + NOISE * rng.nextGaussian();
            tokens[i] = (long) Math.clamp(StrictMath.floor((x + 2) / 4 * levels), 0, levels - 1);
        }
        tokens[length - 1] = levels;
        targets[length - 1] = levels + 1 + kind;
        return new TokenSample(tokens, targets);
    }

    /** From -1 to 1 at a place of its period in [0, 1). */
    private static double shape(int kind, double t) {
        return switch (kind) {
            case 0 -> StrictMath.sin(2 * Math.PI * t);
            case 1 -> t < 0.5 ? 1 : -1;
            case 2 -> 4 * Math.abs(t - 0.5) - 1;
            case 3 -> 2 * t - 1;
            default -> t < 0.125 ? 1 : -1;
        };
    }
}
