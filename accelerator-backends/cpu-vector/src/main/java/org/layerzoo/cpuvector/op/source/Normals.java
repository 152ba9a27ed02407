package org.layerzoo.cpuvector.op.source;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * Pairs of normals by Box and Muller in double, with series of our own. They differ from the reference's functions by less than 2^-48 of
 * the value, which almost never changes the F32 that it is rounded to; where it may, the caller asks the reference.
 */
final class Normals {
    private static final VectorSpecies<Long> S = PhiloxWords.S;
    private static final VectorSpecies<Double> D =
            VectorSpecies.of(double.class, VectorShape.forBitSize(Width.FLOATS.vectorBitSize()));
    private static final int L = PhiloxWords.LANES;
    private static final int BITS = 24;
    private static final double LN2_HIGH = 0x1.62e42fefa3800p-1;
    private static final double LN2_LOW = 0x1.ef35793c76730p-45;
    private static final long ROOT_HALF = 0x3FE6A09E667F3BCDL;
    /** Terms of 2 artanh(s) = 2 s (1 + s^2/3 + ...), s below 0.172. */
    private static final int TERMS = 11;

    private Normals() {}

    /** sqrt(-2 ln u), u = (first word's upper 24 bits + 1) 2^-24. */
    static void radii(long[] words, double[] r, int n) {
        for (int i = 0; i < n; i += L) {
            DoubleVector k = (DoubleVector) LongVector.fromArray(S, words, i)
                    .and(0xFFFFFFFFL)
                    .lanewise(VectorOperators.LSHR, 8)
                    .add(1)
                    .convert(VectorOperators.L2D, 0);
            LongVector bits = k.reinterpretAsLongs();
            LongVector e = bits.sub(ROOT_HALF).lanewise(VectorOperators.ASHR, 52);
            DoubleVector m = bits.sub(e.lanewise(VectorOperators.LSHL, 52)).reinterpretAsDoubles();
            DoubleVector s = m.sub(1).div(m.add(1));
            DoubleVector z = s.mul(s);
            DoubleVector p = DoubleVector.broadcast(D, 1.0 / (2 * TERMS + 1));
            for (int t = TERMS - 1; t > 0; t--) {
                p = p.fma(z, DoubleVector.broadcast(D, 1.0 / (2 * t + 1)));
            }
            DoubleVector twice = s.add(s);
            DoubleVector log = twice.mul(z).fma(p, twice);
            DoubleVector power = (DoubleVector) e.sub(BITS).convert(VectorOperators.L2D, 0);
            log = power.fma(DoubleVector.broadcast(D, LN2_LOW), log);
            log = power.fma(DoubleVector.broadcast(D, LN2_HIGH), log);
            log.mul(-2).sqrt().intoArray(r, i);
        }
    }

    /** Cosines and sines of 2 pi v, v = second word's upper 24 bits 2^-24. */
    static void turns(long[] words, double[] cos, double[] sin, int n) {
        for (int i = 0; i < n; i += L) {
            LongVector b = LongVector.fromArray(S, words, i).lanewise(VectorOperators.LSHR, 40);
            LongVector q = b.lanewise(VectorOperators.LSHR, 22);
            DoubleVector f = ((DoubleVector) b.and(0x3FFFFF).convert(VectorOperators.L2D, 0)).mul(0x1p-22);
            VectorMask<Double> far = f.compare(VectorOperators.GT, 0.5);
            DoubleVector x = f.blend(f.neg().add(1), far).mul(Math.PI / 2);
            DoubleVector z = x.mul(x);
            DoubleVector s = DoubleVector.broadcast(D, 1.0 / 355687428096000.0);
            DoubleVector c = DoubleVector.broadcast(D, -1.0 / 6402373705728000.0);
            // sin x = x (1 - z/6 (1 - z/20 (...))), cos x = 1 - z/2 (1 - z/12 (...))
            s = s.fma(z, DoubleVector.broadcast(D, -1.0 / 1307674368000.0));
            s = s.fma(z, DoubleVector.broadcast(D, 1.0 / 6227020800.0));
            s = s.fma(z, DoubleVector.broadcast(D, -1.0 / 39916800.0));
            s = s.fma(z, DoubleVector.broadcast(D, 1.0 / 362880.0));
            s = s.fma(z, DoubleVector.broadcast(D, -1.0 / 5040.0));
            s = s.fma(z, DoubleVector.broadcast(D, 1.0 / 120.0));
            s = s.fma(z, DoubleVector.broadcast(D, -1.0 / 6.0));
            s = s.mul(z).fma(x, x);
            c = c.fma(z, DoubleVector.broadcast(D, 1.0 / 20922789888000.0));
            c = c.fma(z, DoubleVector.broadcast(D, -1.0 / 87178291200.0));
            c = c.fma(z, DoubleVector.broadcast(D, 1.0 / 479001600.0));
            c = c.fma(z, DoubleVector.broadcast(D, -1.0 / 3628800.0));
            c = c.fma(z, DoubleVector.broadcast(D, 1.0 / 40320.0));
            c = c.fma(z, DoubleVector.broadcast(D, -1.0 / 720.0));
            c = c.fma(z, DoubleVector.broadcast(D, 1.0 / 24.0));
            c = c.fma(z, DoubleVector.broadcast(D, -0.5));
            c = c.fma(z, DoubleVector.broadcast(D, 1.0));
            // a quarter on, or beyond an eighth, they change places
            VectorMask<Double> odd = q.and(1).compare(VectorOperators.NE, 0).cast(D);
            VectorMask<Double> other = far.xor(odd);
            VectorMask<Double> left =
                    q.add(1).and(2).compare(VectorOperators.NE, 0).cast(D);
            VectorMask<Double> below = q.compare(VectorOperators.GE, 2).cast(D);
            DoubleVector even = c.blend(s, other);
            DoubleVector next = s.blend(c, other);
            even.blend(even.neg(), left).intoArray(cos, i);
            next.blend(next.neg(), below).intoArray(sin, i);
        }
    }
}
