package org.layerzoo.core.op.source;

import java.util.List;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.Distribution;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * The meaning of constants and draws.
 *
 * <p>Draws, with w the Philox words of (seed, stream) in order of block and word, so that every backend gives the same:
 * <ul>
 *   <li>UNIFORM, F32: (w[i] >>> 8) 2^-24. BF16: (w[i] >>> 24) 2^-8. F16: (w[i] >>> 21) 2^-11. F64: (W[i] >>> 11) 2^-53
 *       with W[i] = w[2i] + 2^32 w[2i+1]. All are exact and below 1.
 *   <li>NORMAL, pair p = i / 2: u = ((a >>> 8) + 1) 2^-24 in (0, 1], v = (b >>> 8) 2^-24 with a = w[2p], b = w[2p+1];
 *       F64: u = ((a >>> 11) + 1) 2^-53, v = (b >>> 11) 2^-53 with a = W[2p], b = W[2p+1]. r = sqrt(-2 ln u); element i is
 *       r cos(2 pi v) for even i and r sin(2 pi v) for odd i (Box and Muller 1958). The angle is reduced exactly: 4v = q + f
 *       with whole q, the quarter turn f gives (c, s) = (cos, sin)(pi f / 2), where f > 1/2 uses (sin, cos)(pi (1-f) / 2),
 *       and q rotates (c, s). BF16 and F16 round the F32 formula's result.
 * </ul>
 */
public final class SourceReference {
    private SourceReference() {}

    public static List<Tensor> run(Primitive.Source op) {
        return List.of(
                switch (op) {
                    case Primitive.Fill f ->
                        Tensor.full(
                                f.spec().dtype(), f.value(), f.spec().shape().dims());
                    case Primitive.Iota i -> iota(i);
                    case Primitive.Draw d -> draw(d);
                });
    }

    private static Tensor iota(Primitive.Iota op) {
        if (op.dtype() == DType.I64) {
            long[] v = new long[op.n()];
            for (int i = 0; i < v.length; i++) {
                v[i] = (long) op.start() + i * (long) op.step();
            }
            return Tensor.of(v, v.length);
        }
        double[] v = new double[op.n()];
        for (int i = 0; i < v.length; i++) {
            v[i] = op.start() + i * op.step();
        }
        return Tensor.of(op.dtype(), v, v.length);
    }

    private static Tensor draw(Primitive.Draw op) {
        TensorSpec spec = op.spec();
        double[] v = new double[Math.toIntExact(spec.shape().size())];
        elements(op, 0, v);
        return Tensor.of(spec.dtype(), v, spec.shape().dims());
    }

    /** Elements from, from + 1, ... of a draw before they are rounded to its dtype; backends draw pieces of a tensor with it. */
    public static void elements(Primitive.Draw op, long from, double[] v) {
        DType t = op.spec().dtype();
        Words w = new Words(op.seed(), op.stream());
        for (int i = 0; i < v.length; i++) {
            v[i] = op.distribution() == Distribution.UNIFORM
                    ? uniform(w, from + i, t)
                    : normal(w, from + i, t == DType.F64);
        }
    }

    private static double uniform(Words w, long i, DType t) {
        return switch (t) {
            case F64 -> (w.wide(i) >>> 11) * 0x1p-53;
            case BF16 -> (w.at(i) >>> 24) * 0x1p-8;
            case F16 -> (w.at(i) >>> 21) * 0x1p-11;
            default -> (w.at(i) >>> 8) * 0x1p-24;
        };
    }

    private static double normal(Words w, long i, boolean wide) {
        long p = i - i % 2;
        double u = wide ? ((w.wide(p) >>> 11) + 1) * 0x1p-53 : ((w.at(p) >>> 8) + 1) * 0x1p-24;
        double v = wide ? (w.wide(p + 1) >>> 11) * 0x1p-53 : (w.at(p + 1) >>> 8) * 0x1p-24;
        return Math.sqrt(-2 * Math.log(u)) * (i % 2 == 0 ? cosTurn(v, 0) : cosTurn(v, 3));
    }

    /** cos(2 pi v + quarters pi / 2), 0 <= v < 1, exact at the quarters; three quarters on make it the sine. */
    private static double cosTurn(double v, int quarters) {
        int q = (int) (4 * v);
        double f = 4 * v - q;
        double cos = f > 0.5 ? Math.sin(Math.PI / 2 * (1 - f)) : Math.cos(Math.PI / 2 * f);
        double sin = f > 0.5 ? Math.cos(Math.PI / 2 * (1 - f)) : Math.sin(Math.PI / 2 * f);
        return switch ((q + quarters) % 4) {
            case 0 -> cos;
            case 1 -> -sin;
            case 2 -> -cos;
            default -> sin;
        };
    }

    /** The words of a stream; the last block is kept. */
    private static final class Words {
        private final long seed;
        private final long stream;
        private final int[] block = new int[4];
        private long held = -1;

        Words(long seed, long stream) {
            this.seed = seed;
            this.stream = stream;
        }

        int at(long i) {
            if (i / 4 != held) {
                held = i / 4;
                Philox.block(seed, stream, held, block);
            }
            return block[(int) (i % 4)];
        }

        long wide(long i) {
            return Integer.toUnsignedLong(at(2 * i)) | (long) at(2 * i + 1) << 32;
        }
    }
}
