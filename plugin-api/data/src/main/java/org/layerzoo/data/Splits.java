package org.layerzoo.data;

import java.util.function.Function;
import org.layerzoo.core.spi.Task.Split;

/**
 * Splits that are disjoint by construction: a sample belongs to the split that a hash of its content says (half of all
 * to TRAIN, a quarter each to VALID and TEST), and candidates are drawn until one belongs.
 */
public final class Splits {
    private static final int ATTEMPTS = 10_000;

    private Splits() {}

    /** The split of a content. */
    public static Split of(long[] content) {
        return switch ((int) (hash(content) & 3)) {
            case 0, 1 -> Split.TRAIN;
            case 2 -> Split.VALID;
            default -> Split.TEST;
        };
    }

    /** A 64-bit hash of a content. */
    public static long hash(long[] content) {
        long h = content.length;
        for (long c : content) {
            h = Rng.mix(h * 0x9E3779B97F4A7C15L + c + 1);
        }
        return h;
    }

    /**
     * The sample at an index of a split.
     *
     * @param generator draws a candidate
     * @param content what makes two samples the same
     * @throws org.layerzoo.core.ZooException BAD_CONFIG when so few different samples exist that none belongs to the split
     */
    public static <S> S sample(
            long seed, Split split, long index, Function<Rng, S> generator, Function<S, long[]> content) {
        Rng rng = Rng.of(seed, split.ordinal(), index);
        for (int i = 0; i < ATTEMPTS; i++) {
            S s = generator.apply(rng);
            if (of(content.apply(s)) == split) {
                return s;
            }
        }
        throw new org.layerzoo.core.ZooException(
                org.layerzoo.core.ErrorCode.BAD_CONFIG,
                "none of " + ATTEMPTS + " samples belongs to split " + split
                        + ": the options leave too few different ones");
    }
}
