package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** One row of a state and of its cotangent at one token of the backward pass. Rows hold whole vectors. */
final class AdjointRow {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    /** Sums over the row: G.u, S.do, S.dr and dK.S (S the state before the token, undecayed). */
    float gu;

    float so;
    float sr;
    float ks;
    private final float[] lanes = new float[4 * L];

    /**
     * dK = G + qk do + k dr; G = a dK + qs do.
     *
     * @param a decay of the row
     * @param qk share of q that reads the decayed state, qs that reads it as it was
     */
    void step(
            float[] g,
            float[] s,
            int sAt,
            int at,
            int width,
            float a,
            float qk,
            float qs,
            float k,
            float[] u,
            float[] o,
            float[] dr,
            int uAt) {
        FloatVector a0 = FloatVector.zero(S), a1 = a0, a2 = a0, a3 = a0;
        FloatVector va = broadcast(S, a), vq = broadcast(S, qk), vs = broadcast(S, qs), vk = broadcast(S, k);
        for (int c = 0; c < width; c += L) {
            FloatVector gc = fromArray(S, g, at + c), sc = fromArray(S, s, sAt + c);
            FloatVector oc = fromArray(S, o, uAt + c), rc = fromArray(S, dr, c);
            a0 = gc.fma(fromArray(S, u, uAt + c), a0);
            a1 = sc.fma(oc, a1);
            a2 = sc.fma(rc, a2);
            FloatVector dk = vk.fma(rc, vq.fma(oc, gc));
            a3 = dk.fma(sc, a3);
            vs.fma(oc, va.mul(dk)).intoArray(g, at + c);
        }
        a0.intoArray(lanes, 0);
        a1.intoArray(lanes, L);
        a2.intoArray(lanes, 2 * L);
        a3.intoArray(lanes, 3 * L);
        gu = total(0);
        so = total(L);
        sr = total(2 * L);
        ks = total(3 * L);
    }

    /**
     * The same for decays a by column: dK = G + q do; G = a dK, logs += a dK S, {@code so} the sum S.(a do); or, where o reads the state as
     * it was, dK = G; G = a dK + q do and {@code so} the sum S.do.
     *
     * @param token where the token's rows begin in a, u, o and logs
     */
    void columns(
            float[] g,
            int at,
            float[] s,
            int sAt,
            int width,
            float[] a,
            float[] u,
            float[] o,
            int token,
            boolean before,
            float q,
            float[] logs) {
        FloatVector a0 = FloatVector.zero(S), a1 = a0;
        FloatVector vq = broadcast(S, before ? 0 : q), vs = broadcast(S, before ? q : 0), one = broadcast(S, 1f);
        for (int c = 0; c < width; c += L) {
            FloatVector gc = fromArray(S, g, at + c), sc = fromArray(S, s, sAt + c);
            FloatVector oc = fromArray(S, o, token + c), ac = fromArray(S, a, token + c);
            a0 = gc.fma(fromArray(S, u, token + c), a0);
            a1 = sc.fma((before ? one : ac).mul(oc), a1);
            FloatVector dk = ac.mul(vq.fma(oc, gc));
            dk.fma(sc, fromArray(S, logs, token + c)).intoArray(logs, token + c);
            vs.fma(oc, dk).intoArray(g, at + c);
        }
        a0.intoArray(lanes, 0);
        a1.intoArray(lanes, L);
        gu = total(0);
        so = total(L);
    }

    /** x_c *= a_c. */
    void decay(float[] x, int at, float[] a, int from, int width) {
        for (int c = 0; c < width; c += L) {
            fromArray(S, x, at + c).mul(fromArray(S, a, from + c)).intoArray(x, at + c);
        }
    }

    private float total(int at) {
        float y = 0;
        for (int i = at; i < at + L; i++) {
            y += lanes[i];
        }
        return y;
    }
}
