package org.layerzoo.cpuvector.op.scan;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** {@link ScanSteps} for h_n = (1 + dt a_n b_n^2) h_n + dt u b_n, which takes no exponential. */
final class ProximalSteps {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = ScanSteps.L;
    private static final int CHANNELS = ScanSteps.CHANNELS;

    private ProximalSteps() {}

    /** Tokens of a span; parameters as of {@link ScanSteps#span}. */
    static void span(
            float[] a,
            float[] h,
            int move,
            float[] dt,
            float[] u,
            float[] b,
            float[] c,
            int n,
            float[] y,
            int lane,
            int first,
            int turn,
            int count) {
        for (int t = 0; t < count; t++) {
            int row = first + t * turn, at = row * CHANNELS + lane, bAt = row * n, from = t * move;
            FloatVector step = fromArray(S, dt, at);
            FloatVector x = step.mul(fromArray(S, u, at));
            FloatVector sum = FloatVector.zero(S);
            for (int i = 0; i < n; i++) {
                int p = i * CHANNELS + lane;
                float in = b[bAt + i];
                FloatVector old = fromArray(S, h, from + p);
                // h (dt a b^2) + (dt u b + h): a small step is not lost in 1 + dt a b^2
                FloatVector next = old.fma(
                        step.mul(fromArray(S, a, p)).mul(in * in), x.mul(in).add(old));
                next.intoArray(h, from + move + p);
                sum = next.fma(broadcast(S, c[bAt + i]), sum);
            }
            sum.intoArray(y, at);
        }
    }

    /** The adjoint of a token; parameters as of {@link ScanSteps#adjoint}. */
    static void adjoint(
            float[] a,
            float[] hs,
            int before,
            float[] dt,
            float[] u,
            float[] g,
            int at,
            float[] b,
            float[] c,
            int bAt,
            int n,
            float[] dh,
            float[] da,
            float[] db,
            float[] dc,
            float[] ddt,
            float[] du,
            int lane) {
        FloatVector step = fromArray(S, dt, at), in = fromArray(S, u, at), cot = fromArray(S, g, at);
        FloatVector steps = FloatVector.zero(S), inputs = steps;
        for (int i = 0; i < n; i++) {
            int p = i * CHANNELS + lane;
            float w = b[bAt + i];
            FloatVector rate = fromArray(S, a, p);
            FloatVector d = cot.fma(broadcast(S, c[bAt + i]), fromArray(S, dh, p));
            // gradient of the decay 1 + dt a b^2
            FloatVector kept = d.mul(fromArray(S, hs, before + p));
            FloatVector bent = kept.mul(rate);
            steps = bent.fma(broadcast(S, w * w), steps);
            inputs = d.fma(broadcast(S, w), inputs);
            kept.mul(step).fma(broadcast(S, w * w), fromArray(S, da, p)).intoArray(da, p);
            bent.mul(2 * w).add(d.mul(in)).fma(step, fromArray(S, db, i * L)).intoArray(db, i * L);
            cot.fma(fromArray(S, hs, before + n * CHANNELS + p), fromArray(S, dc, i * L))
                    .intoArray(dc, i * L);
            d.fma(step.mul(rate).mul(w * w), d).intoArray(dh, p);
        }
        inputs.fma(in, steps).intoArray(ddt, at);
        inputs.mul(step).intoArray(du, at);
    }
}
