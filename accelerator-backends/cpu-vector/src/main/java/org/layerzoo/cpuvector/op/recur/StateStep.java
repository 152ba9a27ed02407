package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * One token on four vectors of columns of a state S [dk, COLUMNS]; at dk = 64 the state stays in the first-level cache. Columns of S never
 * meet, so every gate is a loop over its rows.
 */
final class StateStep {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    static final int COLUMNS = 4 * L;

    private StateStep() {}

    /**
     * S = diag(a) S + k u^T; o = q^T diag(a) S (before the new term), or q^T S (the state as it was).
     *
     * @param a decay of each row of S; the token's row of a, q and k begins at {@code row}; u and o lie in one array with S
     * @param before whether o reads the undecayed state
     */
    static void rows(
            float[] s, int sAt, float[] a, float[] q, float[] k, int row, int dk, int uAt, int oAt, boolean before) {
        FloatVector u0 = fromArray(S, s, uAt),
                u1 = fromArray(S, s, uAt + L),
                u2 = fromArray(S, s, uAt + 2 * L),
                u3 = fromArray(S, s, uAt + 3 * L);
        FloatVector o0 = FloatVector.zero(S), o1 = o0, o2 = o0, o3 = o0;
        for (int d = 0; d < dk; d++) {
            int at = sAt + d * COLUMNS;
            FloatVector decay = broadcast(S, a[row + d]), kd = broadcast(S, k[row + d]);
            FloatVector qd = broadcast(S, before ? q[row + d] : q[row + d] * a[row + d]);
            FloatVector s0 = fromArray(S, s, at),
                    s1 = fromArray(S, s, at + L),
                    s2 = fromArray(S, s, at + 2 * L),
                    s3 = fromArray(S, s, at + 3 * L);
            o0 = qd.fma(s0, o0);
            o1 = qd.fma(s1, o1);
            o2 = qd.fma(s2, o2);
            o3 = qd.fma(s3, o3);
            s0.mul(decay).add(kd.mul(u0)).intoArray(s, at);
            s1.mul(decay).add(kd.mul(u1)).intoArray(s, at + L);
            s2.mul(decay).add(kd.mul(u2)).intoArray(s, at + 2 * L);
            s3.mul(decay).add(kd.mul(u3)).intoArray(s, at + 3 * L);
        }
        o0.intoArray(s, oAt);
        o1.intoArray(s, oAt + L);
        o2.intoArray(s, oAt + 2 * L);
        o3.intoArray(s, oAt + 3 * L);
    }

    /** S = S diag(a) + k u^T; o = q^T S as it was. */
    static void columns(
            float[] s,
            int sAt,
            float[] a,
            int aAt,
            float[] q,
            int qAt,
            float[] k,
            int kAt,
            int dk,
            float[] u,
            int uAt,
            float[] o,
            int oAt) {
        for (int c = 0; c < COLUMNS; c += L) {
            FloatVector uc = fromArray(S, u, uAt + c);
            FloatVector ac = fromArray(S, a, aAt + c);
            FloatVector oc = FloatVector.zero(S);
            for (int d = 0; d < dk; d++) {
                FloatVector sd = fromArray(S, s, sAt + d * COLUMNS + c);
                oc = broadcast(S, q[qAt + d]).fma(sd, oc);
                sd.mul(ac).add(uc.mul(k[kAt + d])).intoArray(s, sAt + d * COLUMNS + c);
            }
            oc.intoArray(o, oAt + c);
        }
    }

    /** o = k^T S. */
    static void read(float[] s, int sAt, float[] k, int kAt, int dk, float[] o) {
        FloatVector o0 = FloatVector.zero(S), o1 = o0, o2 = o0, o3 = o0;
        for (int d = 0; d < dk; d++) {
            int at = sAt + d * COLUMNS;
            FloatVector kd = broadcast(S, k[kAt + d]);
            o0 = kd.fma(fromArray(S, s, at), o0);
            o1 = kd.fma(fromArray(S, s, at + L), o1);
            o2 = kd.fma(fromArray(S, s, at + 2 * L), o2);
            o3 = kd.fma(fromArray(S, s, at + 3 * L), o3);
        }
        o0.intoArray(o, 0);
        o1.intoArray(o, L);
        o2.intoArray(o, 2 * L);
        o3.intoArray(o, 3 * L);
    }
}
