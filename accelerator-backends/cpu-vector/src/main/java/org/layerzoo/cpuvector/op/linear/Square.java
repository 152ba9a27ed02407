package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromArray;
import static org.layerzoo.cpuvector.op.linear.Turn.HIGH1;
import static org.layerzoo.cpuvector.op.linear.Turn.HIGH2;
import static org.layerzoo.cpuvector.op.linear.Turn.HIGH4;
import static org.layerzoo.cpuvector.op.linear.Turn.HIGH8;
import static org.layerzoo.cpuvector.op.linear.Turn.LOW1;
import static org.layerzoo.cpuvector.op.linear.Turn.LOW2;
import static org.layerzoo.cpuvector.op.linear.Turn.LOW4;
import static org.layerzoo.cpuvector.op.linear.Turn.LOW8;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** {@link Turn} between arrays: squares of a vector's length are transposed in registers. */
public final class Square {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    private Square() {}

    /** Rows of a square, {@code ld} apart, become columns of one with rows {@code width} apart, elsewhere. */
    public static void turn(float[] a, int at, int ld, float[] out, int to, int width) {
        if (L == 16) {
            sixteen(a, at, ld, out, to, width);
        } else if (L == 8) {
            eight(a, at, ld, out, to, width);
        } else {
            for (int i = 0; i < L; i++) {
                for (int j = 0; j < L; j++) {
                    out[to + j * width + i] = a[at + i * ld + j];
                }
            }
        }
    }

    private static void eight(float[] a, int at, int ld, float[] out, int to, int width) {
        FloatVector a0 = fromArray(S, a, at + 0 * ld);
        FloatVector a1 = fromArray(S, a, at + 1 * ld);
        FloatVector a2 = fromArray(S, a, at + 2 * ld);
        FloatVector a3 = fromArray(S, a, at + 3 * ld);
        FloatVector a4 = fromArray(S, a, at + 4 * ld);
        FloatVector a5 = fromArray(S, a, at + 5 * ld);
        FloatVector a6 = fromArray(S, a, at + 6 * ld);
        FloatVector a7 = fromArray(S, a, at + 7 * ld);
        FloatVector b0 = LOW1.selectFrom(a0, a1), b1 = HIGH1.selectFrom(a0, a1);
        FloatVector b2 = LOW1.selectFrom(a2, a3), b3 = HIGH1.selectFrom(a2, a3);
        FloatVector b4 = LOW1.selectFrom(a4, a5), b5 = HIGH1.selectFrom(a4, a5);
        FloatVector b6 = LOW1.selectFrom(a6, a7), b7 = HIGH1.selectFrom(a6, a7);
        FloatVector c0 = LOW2.selectFrom(b0, b2), c2 = HIGH2.selectFrom(b0, b2);
        FloatVector c1 = LOW2.selectFrom(b1, b3), c3 = HIGH2.selectFrom(b1, b3);
        FloatVector c4 = LOW2.selectFrom(b4, b6), c6 = HIGH2.selectFrom(b4, b6);
        FloatVector c5 = LOW2.selectFrom(b5, b7), c7 = HIGH2.selectFrom(b5, b7);
        FloatVector d0 = LOW4.selectFrom(c0, c4), d4 = HIGH4.selectFrom(c0, c4);
        FloatVector d1 = LOW4.selectFrom(c1, c5), d5 = HIGH4.selectFrom(c1, c5);
        FloatVector d2 = LOW4.selectFrom(c2, c6), d6 = HIGH4.selectFrom(c2, c6);
        FloatVector d3 = LOW4.selectFrom(c3, c7), d7 = HIGH4.selectFrom(c3, c7);
        d0.intoArray(out, to + 0 * width);
        d1.intoArray(out, to + 1 * width);
        d2.intoArray(out, to + 2 * width);
        d3.intoArray(out, to + 3 * width);
        d4.intoArray(out, to + 4 * width);
        d5.intoArray(out, to + 5 * width);
        d6.intoArray(out, to + 6 * width);
        d7.intoArray(out, to + 7 * width);
    }

    private static void sixteen(float[] a, int at, int ld, float[] out, int to, int width) {
        FloatVector a0 = fromArray(S, a, at + 0 * ld);
        FloatVector a1 = fromArray(S, a, at + 1 * ld);
        FloatVector a2 = fromArray(S, a, at + 2 * ld);
        FloatVector a3 = fromArray(S, a, at + 3 * ld);
        FloatVector a4 = fromArray(S, a, at + 4 * ld);
        FloatVector a5 = fromArray(S, a, at + 5 * ld);
        FloatVector a6 = fromArray(S, a, at + 6 * ld);
        FloatVector a7 = fromArray(S, a, at + 7 * ld);
        FloatVector a8 = fromArray(S, a, at + 8 * ld);
        FloatVector a9 = fromArray(S, a, at + 9 * ld);
        FloatVector a10 = fromArray(S, a, at + 10 * ld);
        FloatVector a11 = fromArray(S, a, at + 11 * ld);
        FloatVector a12 = fromArray(S, a, at + 12 * ld);
        FloatVector a13 = fromArray(S, a, at + 13 * ld);
        FloatVector a14 = fromArray(S, a, at + 14 * ld);
        FloatVector a15 = fromArray(S, a, at + 15 * ld);
        FloatVector b0 = LOW1.selectFrom(a0, a1), b1 = HIGH1.selectFrom(a0, a1);
        FloatVector b2 = LOW1.selectFrom(a2, a3), b3 = HIGH1.selectFrom(a2, a3);
        FloatVector b4 = LOW1.selectFrom(a4, a5), b5 = HIGH1.selectFrom(a4, a5);
        FloatVector b6 = LOW1.selectFrom(a6, a7), b7 = HIGH1.selectFrom(a6, a7);
        FloatVector b8 = LOW1.selectFrom(a8, a9), b9 = HIGH1.selectFrom(a8, a9);
        FloatVector b10 = LOW1.selectFrom(a10, a11), b11 = HIGH1.selectFrom(a10, a11);
        FloatVector b12 = LOW1.selectFrom(a12, a13), b13 = HIGH1.selectFrom(a12, a13);
        FloatVector b14 = LOW1.selectFrom(a14, a15), b15 = HIGH1.selectFrom(a14, a15);
        FloatVector c0 = LOW2.selectFrom(b0, b2), c2 = HIGH2.selectFrom(b0, b2);
        FloatVector c1 = LOW2.selectFrom(b1, b3), c3 = HIGH2.selectFrom(b1, b3);
        FloatVector c4 = LOW2.selectFrom(b4, b6), c6 = HIGH2.selectFrom(b4, b6);
        FloatVector c5 = LOW2.selectFrom(b5, b7), c7 = HIGH2.selectFrom(b5, b7);
        FloatVector c8 = LOW2.selectFrom(b8, b10), c10 = HIGH2.selectFrom(b8, b10);
        FloatVector c9 = LOW2.selectFrom(b9, b11), c11 = HIGH2.selectFrom(b9, b11);
        FloatVector c12 = LOW2.selectFrom(b12, b14), c14 = HIGH2.selectFrom(b12, b14);
        FloatVector c13 = LOW2.selectFrom(b13, b15), c15 = HIGH2.selectFrom(b13, b15);
        FloatVector d0 = LOW4.selectFrom(c0, c4), d4 = HIGH4.selectFrom(c0, c4);
        FloatVector d1 = LOW4.selectFrom(c1, c5), d5 = HIGH4.selectFrom(c1, c5);
        FloatVector d2 = LOW4.selectFrom(c2, c6), d6 = HIGH4.selectFrom(c2, c6);
        FloatVector d3 = LOW4.selectFrom(c3, c7), d7 = HIGH4.selectFrom(c3, c7);
        FloatVector d8 = LOW4.selectFrom(c8, c12), d12 = HIGH4.selectFrom(c8, c12);
        FloatVector d9 = LOW4.selectFrom(c9, c13), d13 = HIGH4.selectFrom(c9, c13);
        FloatVector d10 = LOW4.selectFrom(c10, c14), d14 = HIGH4.selectFrom(c10, c14);
        FloatVector d11 = LOW4.selectFrom(c11, c15), d15 = HIGH4.selectFrom(c11, c15);
        FloatVector e0 = LOW8.selectFrom(d0, d8), e8 = HIGH8.selectFrom(d0, d8);
        FloatVector e1 = LOW8.selectFrom(d1, d9), e9 = HIGH8.selectFrom(d1, d9);
        FloatVector e2 = LOW8.selectFrom(d2, d10), e10 = HIGH8.selectFrom(d2, d10);
        FloatVector e3 = LOW8.selectFrom(d3, d11), e11 = HIGH8.selectFrom(d3, d11);
        FloatVector e4 = LOW8.selectFrom(d4, d12), e12 = HIGH8.selectFrom(d4, d12);
        FloatVector e5 = LOW8.selectFrom(d5, d13), e13 = HIGH8.selectFrom(d5, d13);
        FloatVector e6 = LOW8.selectFrom(d6, d14), e14 = HIGH8.selectFrom(d6, d14);
        FloatVector e7 = LOW8.selectFrom(d7, d15), e15 = HIGH8.selectFrom(d7, d15);
        e0.intoArray(out, to + 0 * width);
        e1.intoArray(out, to + 1 * width);
        e2.intoArray(out, to + 2 * width);
        e3.intoArray(out, to + 3 * width);
        e4.intoArray(out, to + 4 * width);
        e5.intoArray(out, to + 5 * width);
        e6.intoArray(out, to + 6 * width);
        e7.intoArray(out, to + 7 * width);
        e8.intoArray(out, to + 8 * width);
        e9.intoArray(out, to + 9 * width);
        e10.intoArray(out, to + 10 * width);
        e11.intoArray(out, to + 11 * width);
        e12.intoArray(out, to + 12 * width);
        e13.intoArray(out, to + 13 * width);
        e14.intoArray(out, to + 14 * width);
        e15.intoArray(out, to + 15 * width);
    }
}
