package org.layerzoo.cpuvector.op.scan;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Width;

/** One token of one vector of channels of the selective scan; states lie as [N, CHANNELS], so that lanes are channels. */
final class ScanSteps {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    static final int L = Width.LANES;
    /** Channels of a block. */
    static final int CHANNELS = 64;

    private ScanSteps() {}

    /** h_n = exp(dt a_n) h_n + dt u b_n; the result is sum_n c_n h_n. Reads h from {@code from}, writes it to {@code to}. */
    static void euler(
            float[] a,
            float[] h,
            int from,
            float[] h1,
            int to,
            float[] dt,
            float[] u,
            int at,
            float[] b,
            float[] c,
            int bAt,
            int n,
            float[] y,
            int lane) {
        FloatVector step = fromArray(S, dt, at);
        FloatVector x = step.mul(fromArray(S, u, at));
        FloatVector sum = FloatVector.zero(S);
        for (int i = 0; i < n; i++) {
            int p = i * CHANNELS + lane;
            FloatVector decay = Approx.exp(step.mul(fromArray(S, a, p)));
            FloatVector next = decay.fma(fromArray(S, h, from + p), x.mul(b[bAt + i]));
            next.intoArray(h1, to + p);
            sum = next.fma(broadcast(S, c[bAt + i]), sum);
        }
        sum.intoArray(y, at);
    }

    /** The same with the input gain (exp(dt a) - 1) / a. */
    static void hold(
            float[] a,
            float[] h,
            int from,
            float[] h1,
            int to,
            float[] dt,
            float[] u,
            int at,
            float[] b,
            float[] c,
            int bAt,
            int n,
            float[] y,
            int lane) {
        FloatVector step = fromArray(S, dt, at);
        FloatVector in = fromArray(S, u, at);
        FloatVector sum = FloatVector.zero(S);
        for (int i = 0; i < n; i++) {
            int p = i * CHANNELS + lane;
            FloatVector an = fromArray(S, a, p);
            FloatVector gain = Approx.expm1(step.mul(an));
            FloatVector x = gain.div(an).mul(in).mul(b[bAt + i]);
            FloatVector next = gain.add(1f).fma(fromArray(S, h, from + p), x);
            next.intoArray(h1, to + p);
            sum = next.fma(broadcast(S, c[bAt + i]), sum);
        }
        sum.intoArray(y, at);
    }

    /**
     * The adjoint of {@link #euler}: dh holds the state's gradient behind this token and afterwards before it.
     *
     * @param hs states, [N, CHANNELS] before the token at {@code before} and behind it following
     * @param da added to [N, CHANNELS]
     * @param db added to [N, L], sums over lanes are left to the caller; dc likewise
     * @param ddt gradient of dt, written; du likewise (the path through the state only)
     */
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
        FloatVector step = fromArray(S, dt, at), in = fromArray(S, u, at);
        FloatVector x = step.mul(in);
        FloatVector cot = fromArray(S, g, at);
        FloatVector steps = FloatVector.zero(S), inputs = steps;
        for (int i = 0; i < n; i++) {
            int p = i * CHANNELS + lane;
            FloatVector an = fromArray(S, a, p);
            FloatVector d = cot.fma(broadcast(S, c[bAt + i]), fromArray(S, dh, p));
            FloatVector decayed = d.mul(Approx.exp(step.mul(an)));
            FloatVector moved = decayed.mul(fromArray(S, hs, before + p));
            steps = moved.fma(an, steps);
            inputs = d.fma(broadcast(S, b[bAt + i]), inputs);
            moved.fma(step, fromArray(S, da, p)).intoArray(da, p);
            d.fma(x, fromArray(S, db, i * L)).intoArray(db, i * L);
            cot.fma(fromArray(S, hs, before + n * CHANNELS + p), fromArray(S, dc, i * L))
                    .intoArray(dc, i * L);
            decayed.intoArray(dh, p);
        }
        inputs.fma(in, steps).intoArray(ddt, at);
        inputs.mul(step).intoArray(du, at);
    }
}
