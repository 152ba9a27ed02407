package org.layerzoo.cpuvector.op.scan;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Width;

/** One token of one vector of channels of the selective scan; states lie as [N, CHANNELS], so that lanes are channels. */
final class ScanSteps {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    static final int L = Width.LANES;
    /** Channels of a block. */
    static final int CHANNELS = 128;

    /** 1.5 * 2^23: adding it leaves the nearest integer in the low bits. */
    private static final float ROUNDER = 12_582_912f;
    // 2^r on [-1/2, 1/2], least largest relative error with 2^0 = 1
    private static final float C1 = 0.69314718f;
    private static final float C2 = 0.24022648f;
    private static final float C3 = 0.055503324f;
    private static final float C4 = 0.009618437f;
    private static final float C5 = 0.0013398877f;
    private static final float C6 = 1.5353371e-4f;

    /** 1 / (n! (n + 2)): up to |x| = 1 the rest is below 3e-9. */
    private static final float[] SERIES = new float[11];

    static {
        double factorial = 1;
        for (int n = 0; n < SERIES.length; n++) {
            factorial *= Math.max(1, n);
            SERIES[n] = (float) (1 / (factorial * (n + 2)));
        }
    }

    private ScanSteps() {}

    /**
     * Tokens of a span, {@link #euler} at each, with 2^x of the remainder by a polynomial (relative error 8e-8) wherever no decay of the
     * token leaves the range of normal floats; others take the exponential of every float.
     *
     * @param a2 a log2(e), [N, CHANNELS]
     * @param limit dt in size below which all 2^(dt a2) are normal, a value a channel
     * @param move what h advances by from token to token: 0, or N * CHANNELS when every state is kept behind the one before
     * @param first row of the first token, {@code turn} 1 or -1 the way to the next
     */
    static void span(
            float[] a,
            float[] a2,
            float[] limit,
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
        FloatVector top = fromArray(S, limit, lane);
        for (int t = 0; t < count; t++) {
            int row = first + t * turn, at = row * CHANNELS + lane, bAt = row * n, from = t * move;
            FloatVector step = fromArray(S, dt, at);
            if (!step.abs().compare(VectorOperators.LT, top).allTrue()) {
                euler(a, h, from, h, from + move, dt, u, at, b, c, bAt, n, y, lane);
                continue;
            }
            FloatVector x = step.mul(fromArray(S, u, at));
            FloatVector sum = FloatVector.zero(S);
            for (int i = 0; i < n; i++) {
                int p = from + i * CHANNELS + lane;
                FloatVector e = fromArray(S, a2, p - from);
                FloatVector near = step.fma(e, broadcast(S, ROUNDER));
                // one rounding: the product enters the sum whole
                FloatVector r = step.fma(e, broadcast(S, ROUNDER).sub(near));
                FloatVector power = r.fma(broadcast(S, C6), broadcast(S, C5))
                        .fma(r, broadcast(S, C4))
                        .fma(r, broadcast(S, C3))
                        .fma(r, broadcast(S, C2))
                        .fma(r, broadcast(S, C1))
                        .fma(r, broadcast(S, 1f));
                FloatVector decay = near.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHL, 23)
                        .add(power.reinterpretAsInts())
                        .reinterpretAsFloats();
                FloatVector next = decay.fma(fromArray(S, h, p), x.mul(b[bAt + i]));
                next.intoArray(h, p + move);
                sum = next.fma(broadcast(S, c[bAt + i]), sum);
            }
            sum.intoArray(y, at);
        }
    }

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

    /** exp(dt a_n) of a token's vector of channels, to [N, L]; see {@link #span} for a2 and limit. */
    static void gains(float[] a, float[] a2, float[] limit, float[] dt, int at, int n, float[] gain, int lane) {
        FloatVector step = fromArray(S, dt, at);
        if (!step.abs().compare(VectorOperators.LT, fromArray(S, limit, lane)).allTrue()) {
            anyGains(a, dt, at, n, gain, lane);
            return;
        }
        for (int i = 0; i < n; i++) {
            FloatVector e = fromArray(S, a2, i * CHANNELS + lane);
            FloatVector t = step.fma(e, broadcast(S, ROUNDER));
            FloatVector r = step.fma(e, broadcast(S, ROUNDER).sub(t));
            FloatVector power = r.fma(broadcast(S, C6), broadcast(S, C5))
                    .fma(r, broadcast(S, C4))
                    .fma(r, broadcast(S, C3))
                    .fma(r, broadcast(S, C2))
                    .fma(r, broadcast(S, C1))
                    .fma(r, broadcast(S, 1f));
            t.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, 23)
                    .add(power.reinterpretAsInts())
                    .reinterpretAsFloats()
                    .intoArray(gain, i * L);
        }
    }

    private static void anyGains(float[] a, float[] dt, int at, int n, float[] gain, int lane) {
        FloatVector step = fromArray(S, dt, at);
        for (int i = 0; i < n; i++) {
            Approx.exp(step.mul(fromArray(S, a, i * CHANNELS + lane))).intoArray(gain, i * L);
        }
    }

    /**
     * The adjoint of {@link #euler}: dh holds the state's gradient behind this token and afterwards before it.
     *
     * @param gain of {@link #gains}
     * @param hs states, [N, CHANNELS] before the token at {@code before} and behind it following
     * @param da added to [N, CHANNELS]
     * @param db added to [N, L], sums over lanes are left to the caller; dc likewise
     * @param ddt gradient of dt, written; du likewise (the path through the state only)
     */
    static void adjoint(
            float[] a,
            float[] gain,
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
            FloatVector d = cot.fma(broadcast(S, c[bAt + i]), fromArray(S, dh, p));
            FloatVector decayed = d.mul(fromArray(S, gain, i * L));
            FloatVector moved = decayed.mul(fromArray(S, hs, before + p));
            steps = moved.fma(fromArray(S, a, p), steps);
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

    /**
     * Of a token of the zero-order hold, with x = dt a_n: gains [3, N, L] are exp(x), (exp(x) - 1) / a_n and the latter's derivative by
     * a_n. The derivative is dt^2 (x exp(x) - (exp(x) - 1)) / x^2; where x is small its series, sum x^n / (n! (n + 2)).
     */
    static void holds(float[] a, float[] dt, int at, int n, float[] gains, int lane) {
        FloatVector step = fromArray(S, dt, at);
        for (int i = 0; i < n; i++) {
            FloatVector an = fromArray(S, a, i * CHANNELS + lane);
            FloatVector x = step.mul(an);
            FloatVector e = Approx.exp(x);
            FloatVector h = Approx.expm1(x).div(an);
            FloatVector series = broadcast(S, SERIES[SERIES.length - 1]);
            for (int k = SERIES.length - 2; k >= 0; k--) {
                series = series.fma(x, broadcast(S, SERIES[k]));
            }
            FloatVector direct = step.mul(e).sub(h).div(an);
            e.intoArray(gains, i * L);
            h.intoArray(gains, (n + i) * L);
            direct.blend(series.mul(step).mul(step), x.abs().compare(VectorOperators.LT, 1f))
                    .intoArray(gains, (2 * n + i) * L);
        }
    }

    /** The adjoint of {@link #hold}; parameters as of {@link #adjoint}, but du is the whole path through the state. */
    static void holdAdjoint(
            float[] a,
            float[] gains,
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
            FloatVector d = cot.fma(broadcast(S, c[bAt + i]), fromArray(S, dh, p));
            FloatVector decayed = d.mul(fromArray(S, gains, i * L)), taken = in.mul(b[bAt + i]);
            FloatVector moved = decayed.mul(fromArray(S, hs, before + p));
            steps = moved.fma(fromArray(S, a, p), decayed.fma(taken, steps));
            FloatVector held = d.mul(fromArray(S, gains, (n + i) * L));
            inputs = held.fma(broadcast(S, b[bAt + i]), inputs);
            FloatVector byA = d.mul(taken).fma(fromArray(S, gains, (2 * n + i) * L), fromArray(S, da, p));
            moved.fma(step, byA).intoArray(da, p);
            held.fma(in, fromArray(S, db, i * L)).intoArray(db, i * L);
            cot.fma(fromArray(S, hs, before + n * CHANNELS + p), fromArray(S, dc, i * L))
                    .intoArray(dc, i * L);
            decayed.intoArray(dh, p);
        }
        steps.intoArray(ddt, at);
        inputs.intoArray(du, at);
    }
}
