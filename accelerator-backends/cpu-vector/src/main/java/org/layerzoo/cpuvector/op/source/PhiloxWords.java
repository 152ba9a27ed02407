package org.layerzoo.cpuvector.op.source;

import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * Blocks of {@link org.layerzoo.core.op.source.Philox}, one a lane: the four words of a counter are the lower halves of four vectors, whose
 * products are whole. 5 times as fast as block by block.
 */
final class PhiloxWords {
    static final VectorSpecies<Long> S =
            VectorSpecies.of(long.class, VectorShape.forBitSize(Width.FLOATS.vectorBitSize()));
    static final int LANES = S.length();

    private static final long M0 = 0xD2511F53L;
    private static final long M1 = 0xCD9E8D57L;
    private static final int W0 = 0x9E3779B9;
    private static final int W1 = 0xBB67AE85;
    private static final long LOW = 0xFFFFFFFFL;
    private static final LongVector STEPS = LongVector.zero(S).addIndex(1);
    /** Of two vectors a, b: the first half of a0 b0 a1 b1 ..., and the second. */
    private static final VectorShuffle<Long> FIRST =
            VectorShuffle.fromOp(S, i -> i % 2 == 0 ? i / 2 : i / 2 + S.length());

    private static final VectorShuffle<Long> SECOND =
            VectorShuffle.fromOp(S, i -> i % 2 == 0 ? (S.length() + i) / 2 : (S.length() + i) / 2 + S.length());

    private PhiloxWords() {}

    /** Pairs of words, the first one lower: two a block, of blocks first, first + 1, ...; {@code n} pairs, a multiple of 2 {@link #LANES}. */
    static void fill(long seed, long stream, long first, long[] out, int n) {
        for (int at = 0; at < n; at += 2 * LANES) {
            LongVector counter = STEPS.add(first + at / 2);
            LongVector c0 = counter.and(LOW);
            LongVector c1 = counter.lanewise(VectorOperators.LSHR, 32);
            LongVector c2 = LongVector.broadcast(S, stream & LOW);
            LongVector c3 = LongVector.broadcast(S, stream >>> 32);
            int k0 = (int) seed;
            int k1 = (int) (seed >>> 32);
            for (int round = 0; round < 10; round++) {
                LongVector p0 = c0.mul(M0);
                LongVector p1 = c2.mul(M1);
                c0 = p1.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, c1)
                        .lanewise(VectorOperators.XOR, k0 & LOW);
                c2 = p0.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, c3)
                        .lanewise(VectorOperators.XOR, k1 & LOW);
                c1 = p1.and(LOW);
                c3 = p0.and(LOW);
                k0 += W0;
                k1 += W1;
            }
            LongVector a = c1.lanewise(VectorOperators.LSHL, 32).or(c0);
            LongVector b = c3.lanewise(VectorOperators.LSHL, 32).or(c2);
            a.rearrange(FIRST, b).intoArray(out, at);
            a.rearrange(SECOND, b).intoArray(out, at + LANES);
        }
    }
}
