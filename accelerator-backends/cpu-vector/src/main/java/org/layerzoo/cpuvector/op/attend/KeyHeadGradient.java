package org.layerzoo.cpuvector.op.attend;

import java.util.Arrays;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.op.linear.Pack;
import org.layerzoo.cpuvector.op.linear.Tile;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/**
 * Gradients of a range of keys of one key head: P = exp(S - lse), dV += P^T dO, dS = P (dO V^T - delta), dQ += dS K,
 * dK += dS^T Q.
 */
final class KeyHeadGradient {
    private static final int ROWS = ScoreTile.ROWS;
    private static final int KEYS = ScoreTile.KEYS;

    private final KeySection section;
    private final float scale;
    private final int d;
    private final int dv;
    /** First key of the range, a multiple of KEYS, and the number of keys. */
    private final int start;

    private final int count;
    private final float[] keysAcross;
    private final float[] keys;
    private final float[] valuesAcross;
    /** Sums with rows padded to whole panels, and whole tiles of keys. */
    private final float[] dk;

    private final float[] dvs;
    private final float[] s = new float[ROWS * KEYS + 64];
    private final float[] dp = new float[ROWS * KEYS + 64];
    private final float[] turned = new float[Tile.rows(KEYS) * ROWS + 64];

    KeyHeadGradient(KeySection section, int keyHead, float scale, int start, int end) {
        this.section = section;
        this.scale = scale;
        this.start = start;
        int tk = section.k().dim(2);
        count = end - start;
        d = section.k().dim(3);
        dv = section.v().dim(3);
        keysAcross = new float[Tile.columns(count) * d];
        keys = new float[Tile.columns(d) * count];
        valuesAcross = new float[Tile.columns(count) * dv];
        long k = ((long) keyHead * tk + start) * d;
        long v = ((long) keyHead * tk + start) * dv;
        Pack.panels(section.k().segment(), k, d, true, d, count, keysAcross, 0);
        Pack.panels(section.k().segment(), k, d, false, count, d, keys, 0);
        Pack.panels(section.v().segment(), v, dv, true, dv, count, valuesAcross, 0);
        dk = new float[(count + KEYS + Tile.ROWS) * Tile.columns(d)];
        dvs = new float[(count + KEYS + Tile.ROWS) * Tile.columns(dv)];
    }

    /** Adds what one query head contributes and writes its dq. */
    void head(int sample, int head, long index, AttendGradientKernel.Rows rows, Tensor dq) {
        int tq = rows.q().dim(2);
        for (int i = 0; i < tq; i += ROWS) {
            tile(sample, head, i, Math.min(ROWS, tq - i), index * tq + i, rows, dq);
        }
    }

    private void tile(int sample, int head, int i0, int n, long first, AttendGradientKernel.Rows rows, Tensor dq) {
        int padded = Tile.rows(n);
        float[] q = new float[padded * d];
        float[] g = new float[padded * dv];
        Floats.load(rows.q().segment(), first * d, q, 0, n * d);
        Floats.load(rows.doOut().segment(), first * dv, g, 0, n * dv);
        RowLoops.scale(q, 0, n * d, scale);
        float[] lse = new float[n];
        float[] delta = deltas(rows, first, n, g, lse);
        float[] qPanels = new float[Tile.columns(d) * n];
        float[] gPanels = new float[Tile.columns(dv) * n];
        Pack.panels(q, 0, d, false, n, d, qPanels, 0);
        Pack.panels(g, 0, dv, false, n, dv, gPanels, 0);
        float[] dqs = new float[padded * Tile.columns(d)];
        int end = Math.min(start + count, ScoreTile.last(section, sample, i0, n));
        for (int j = Math.max(start, ScoreTile.first(section, sample, i0, n)); j < end; j += KEYS) {
            int width = Math.min(KEYS, start + count - j);
            int at = j - start;
            ScoreTile.compute(section, sample, head, q, i0, n, d, keysAcross, -start * d, j, width, s);
            for (int r = 0; r < n; r++) {
                weights(r * KEYS, lse[r]);
            }
            turn(s, n, width);
            Tile.multiply(turned, 0, n, width, n, gPanels, 0, n, dv, dvs, at * Tile.columns(dv), Tile.columns(dv));
            Arrays.fill(dp, 0, padded * KEYS, 0f);
            Tile.multiply(g, 0, dv, n, dv, valuesAcross, at * dv, dv, width, dp, 0, KEYS);
            for (int r = 0; r < n; r++) {
                scoreGradient(r * KEYS, delta[r]);
            }
            Tile.multiply(dp, 0, KEYS, n, width, keys, at * Tile.COLUMNS, count, d, dqs, 0, Tile.columns(d));
            turn(dp, n, width);
            Tile.multiply(turned, 0, n, width, n, qPanels, 0, n, d, dk, at * Tile.columns(d), Tile.columns(d));
        }
        RowLoops.scale(dqs, 0, dqs.length, scale);
        for (int r = 0; r < n; r++) {
            Floats.store(dqs, r * Tile.columns(d), dq.segment(), (first + r) * d, d);
        }
    }

    /** delta_i = dO_i . O_i - dlse_i, and the log-sum-exps. */
    private float[] deltas(AttendGradientKernel.Rows rows, long first, int n, float[] g, float[] lse) {
        float[] o = new float[n * dv];
        Floats.load(rows.o().segment(), first * dv, o, 0, n * dv);
        Floats.load(rows.lse().segment(), first, lse, 0, n);
        float[] delta = new float[n];
        for (int r = 0; r < n; r++) {
            double cot = rows.dLse().isPresent() ? Floats.get(rows.dLse().get().segment(), first + r) : 0;
            delta[r] = (float) (RowLoops.dot(g, r * dv, o, r * dv, dv) - cot);
        }
        return delta;
    }

    private void weights(int at, float lse) {
        if (lse == Float.NEGATIVE_INFINITY) {
            Arrays.fill(s, at, at + KEYS, 0f);
        } else {
            RowLoops.expInPlace(s, at, KEYS, lse);
        }
    }

    private void scoreGradient(int at, float delta) {
        for (int x = at; x < at + KEYS; x++) {
            dp[x] = s[x] * (dp[x] - delta);
        }
    }

    /** turned [width, n] = x [n, KEYS] transposed. */
    private void turn(float[] x, int n, int width) {
        for (int j = 0; j < width; j++) {
            for (int r = 0; r < n; r++) {
                turned[j * n + r] = x[r * KEYS + j];
            }
        }
        Arrays.fill(turned, width * n, Tile.rows(width) * n, 0f);
    }

    float[] dk() {
        return compact(dk, d);
    }

    float[] dv() {
        return compact(dvs, dv);
    }

    private float[] compact(float[] x, int width) {
        float[] out = new float[count * width];
        for (int j = 0; j < count; j++) {
            System.arraycopy(x, j * Tile.columns(width), out, j * width, width);
        }
        return out;
    }
}
