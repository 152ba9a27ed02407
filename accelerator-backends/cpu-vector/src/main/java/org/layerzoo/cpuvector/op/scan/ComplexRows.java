package org.layerzoo.cpuvector.op.scan;

import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** Rows of complex numbers as pairs. Rows are handled in whole vectors: what lies behind a row's end is computed and not used. */
final class ComplexRows {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final VectorShuffle<Float> REAL = VectorShuffle.fromOp(S, i -> i & ~1);
    private static final VectorShuffle<Float> IMAGINARY = VectorShuffle.fromOp(S, i -> i | 1);
    private static final VectorShuffle<Float> SWAPPED = VectorShuffle.fromOp(S, i -> i ^ 1);
    /** i y has the parts -im, re. */
    private static final FloatVector TURN = signs(-1, 1);
    /** -i y. */
    private static final FloatVector BACK = signs(1, -1);

    private ComplexRows() {}

    private static FloatVector signs(float even, float odd) {
        float[] s = new float[L];
        for (int i = 0; i < L; i++) {
            s[i] = i % 2 == 0 ? even : odd;
        }
        return fromArray(S, s, 0);
    }

    /** h = a h + b, also in b's place. */
    static void step(float[] a, float[] b, int at, float[] h, int n) {
        for (int c = 0; c < n; c += L) {
            FloatVector x = fromArray(S, a, at + c), y = fromArray(S, h, c);
            FloatVector im = x.rearrange(IMAGINARY).mul(TURN);
            FloatVector z = x.rearrange(REAL).fma(y, im.fma(y.rearrange(SWAPPED), fromArray(S, b, at + c)));
            z.intoArray(h, c);
            z.intoArray(b, at + c);
        }
    }

    /**
     * One token of the adjoint: g += dy, the gradient of b, which takes dy's place; the gradient conj(before) g of a takes the place of
     * {@code before}, the state before the token; and g = conj(a) g goes on to the token before.
     */
    static void adjoint(float[] a, float[] dy, float[] before, int at, float[] g, int n) {
        for (int c = 0; c < n; c += L) {
            FloatVector x = fromArray(S, a, at + c), h = fromArray(S, before, at + c);
            FloatVector y = fromArray(S, g, c).add(fromArray(S, dy, at + c));
            FloatVector turned = y.rearrange(SWAPPED).mul(BACK);
            y.intoArray(dy, at + c);
            h.rearrange(REAL).fma(y, h.rearrange(IMAGINARY).mul(turned)).intoArray(before, at + c);
            x.rearrange(REAL).fma(y, x.rearrange(IMAGINARY).mul(turned)).intoArray(g, c);
        }
    }
}
