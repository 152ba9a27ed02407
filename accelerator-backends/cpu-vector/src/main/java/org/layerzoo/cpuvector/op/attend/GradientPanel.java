package org.layerzoo.cpuvector.op.attend;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/**
 * Some query rows of one head in the backward pass, one lane each: P = exp(S - lse), dV += P^T dO, dS = P (dO V^T - delta),
 * dQ += dS K, dK += dS^T Q (FlashAttention-2, algorithm 2). q and dO are kept twice, along the lanes and as rows.
 */
final class GradientPanel {
    private static final int ROWS = Lanes.PANEL;
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    private final int d;
    private final int dv;
    private final float[] m;
    private final int qLanes;
    private final int qRows;
    private final int gLanes;
    private final int gRows;
    private final int dq;
    private final int lse;
    private final int delta;
    private final RowSight sight = new RowSight();
    private Optional<ClipWeights> clip = Optional.empty();
    private int i0;
    private int rows;

    GradientPanel(int d, int dv, float[] m, int at) {
        this.d = d;
        this.dv = dv;
        this.m = m;
        qLanes = at;
        qRows = qLanes + d * ROWS;
        gLanes = qRows + wide(d) * ROWS;
        gRows = gLanes + dv * ROWS;
        dq = gRows + wide(dv) * ROWS;
        lse = dq + Lanes.channels(d) * ROWS;
        delta = lse + ROWS;
    }

    /** n rounded up to whole panels. */
    static int wide(int n) {
        return (n + ROWS - 1) / ROWS * ROWS;
    }

    static int room(int d, int dv) {
        return (d + wide(d) + dv + wide(dv) + Lanes.channels(d) + 2) * ROWS;
    }

    /** Takes rows i .. i+n-1 of a head whose row 0 is row {@code base}. @param a room for a panel's rows; b likewise, as lanes */
    void start(AttendGradientKernel.Rows of, long base, int i, int n, float scale, int a, int b) {
        i0 = i;
        rows = n;
        load(of.q(), base, d, scale, a, qLanes);
        asPanels(a, d, qRows);
        load(of.o(), base, dv, 1f, a, b);
        load(of.doOut(), base, dv, 1f, a, gLanes);
        asPanels(a, dv, gRows);
        Arrays.fill(m, dq, lse, 0f);
        Arrays.fill(m, lse, lse + ROWS, Float.NEGATIVE_INFINITY);
        of.lse().ifPresent(t -> Floats.load(t.segment(), base + i, m, lse, n));
        for (int x = 0; x < ROWS; x += L) {
            FloatVector total = fromArray(S, m, lse + x);
            // a row that sees nothing has no weights: exp(s - inf)
            total.blend(Float.POSITIVE_INFINITY, total.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY))
                    .intoArray(m, lse + x);
        }
        clip = of.clip();
        Arrays.fill(m, delta, delta + ROWS, 0f);
        if (of.delta().isPresent()) {
            Floats.load(of.delta().get().segment(), base + i0, m, delta, rows);
            return;
        }
        of.dLse().ifPresent(t -> Floats.load(t.segment(), base + i0, m, delta, rows));
        for (int x = 0; x < ROWS; x += L) {
            FloatVector sum = fromArray(S, m, delta + x).neg();
            for (int c = x; c < dv * ROWS; c += ROWS) {
                sum = fromArray(S, m, gLanes + c).fma(fromArray(S, m, b + c), sum);
            }
            sum.intoArray(m, delta + x);
        }
    }

    private void load(Tensor t, long base, int n, float factor, int at, int lanes) {
        Floats.load(t.segment(), (base + i0) * n, m, at, rows * n);
        Arrays.fill(m, at + rows * n, at + ROWS * n, 0f);
        if (factor != 1f) {
            RowLoops.scale(m, at, rows * n, factor);
        }
        for (int r = 0; r < ROWS; r += 4) {
            Turn.rows(m, at + r * n, n, lanes + r, 1f);
        }
    }

    /** Rows of n floats as panels of PANEL columns, zero behind the last. */
    private void asPanels(int at, int n, int to) {
        for (int c = 0; c < n; c += ROWS) {
            int width = Math.min(ROWS, n - c);
            for (int r = 0; r < ROWS; r++) {
                int row = to + c * ROWS + r * ROWS;
                System.arraycopy(m, at + r * n + c, m, row, width);
                Arrays.fill(m, row + width, row + ROWS, 0f);
            }
        }
    }

    RowSight look(KeySection section, int sample) {
        sight.look(section, sample, i0, rows, Integer.MAX_VALUE);
        return sight;
    }

    /** Adds what the rows and keys of a block, j .. j+n-1 of a section, give each other. */
    void absorb(KeySection section, int sample, int head, GradientDesk at, List<BiasSum> biases, int j, int n) {
        int begin = Math.max(j, sight.first());
        int count = Math.min(j + n, sight.last()) - begin;
        if (count <= 0 || !section.touches(sample, head, i0, rows, begin, count)) {
            return;
        }
        score(section, sample, head, at, begin, count, begin - j);
        slopes(section, at, count);
        for (int b = 0; b < biases.size(); b++) {
            biases.get(b).add(sample, head, i0, rows, begin, count, m, at.ds, ROWS);
        }
        if (section.softcap() > 0) {
            SoftCap.slope(m, at.capped, at.ds, count * ROWS, section.softcap());
        }
        edit(section.post(), sample, head, begin, count, at.s);
        give(at, begin, count, begin - j);
    }

    /** Adds to the rows' deltas what the keys of a block give to sums of p dp, p being weights of the softmax. */
    void gather(KeySection section, int sample, int head, GradientDesk at, int j, int n) {
        int begin = Math.max(j, sight.first());
        int count = Math.min(j + n, sight.last()) - begin;
        if (count <= 0 || !section.touches(sample, head, i0, rows, begin, count)) {
            return;
        }
        score(section, sample, head, at, begin, count, begin - j);
        clip.orElseThrow().slope(m, at.s, at.ds, count);
        for (int x = 0; x < ROWS; x += L) {
            FloatVector sum = fromArray(S, m, delta + x);
            for (int i = x; i < count * ROWS; i += ROWS) {
                sum = fromArray(S, m, at.s + i).fma(fromArray(S, m, at.ds + i), sum);
            }
            sum.intoArray(m, delta + x);
        }
    }

    /** Writes what was gathered. */
    void store(Tensor deltas, long base) {
        Floats.store(m, delta, deltas.segment(), base + i0, rows);
    }

    /** P, before factors, and the gradients of weights. @param skip keys of the block that no row sees */
    private void score(KeySection section, int sample, int head, GradientDesk at, int begin, int count, int skip) {
        weights(section, sample, head, at, begin, count, at.k + skip * d);
        RowsTile.multiply(m, at.v + skip * dv, dv, count, dv, m, gLanes, m, at.ds, ROWS);
        edit(section.post(), sample, head, begin, count, at.ds);
    }

    /** P, before factors; the derivatives of weights of single scores as well. */
    private void weights(KeySection section, int sample, int head, GradientDesk at, int begin, int count, int keys) {
        int s = at.s;
        RowsTile.multiply(m, keys, d, count, d, m, qLanes, m, s, ROWS);
        if (section.softcap() > 0) {
            SoftCap.apply(m, s, count * ROWS, section.softcap());
            System.arraycopy(m, s, m, at.capped, count * ROWS);
        }
        edit(section.edits(), sample, head, begin, count, s);
        sight.hide(m, s, begin, count);
        if (section.pointwise().isPresent()) {
            section.pointwise().get().slope(m, s, at.slopes, count * ROWS);
            section.pointwise().get().weigh(m, s, count * ROWS);
            return;
        }
        for (int x = 0; x < ROWS; x += 2 * L) {
            weigh(s, count, x);
        }
    }

    /** Gradients of weights become those of scores. */
    private void slopes(KeySection section, GradientDesk at, int count) {
        if (section.pointwise().isPresent()) {
            times(at.ds, at.slopes, count * ROWS);
            return;
        }
        if (clip.isPresent()) {
            clip.get().slope(m, at.s, at.ds, count);
        }
        for (int x = 0; x < ROWS; x += 2 * L) {
            slope(at.s, at.ds, count, x);
        }
        if (clip.isPresent()) {
            clip.get().clip(m, at.s, count);
        }
    }

    /** dV += P^T dO, dQ += dS K, dK += dS^T Q. @param skip keys of the block that no row sees */
    private void give(GradientDesk at, int begin, int count, int skip) {
        for (int c = 0; c < dv; c += ROWS) {
            RowsTile.multiply(m, at.s, ROWS, count, ROWS, m, gRows + c * ROWS, m, at.product, ROWS);
            at.addValues(begin, count, c);
        }
        for (int c = 0; c < d; c += Lanes.STRIP) {
            int strip = at.kStrips + c * RowPanel.KEYS + skip * Lanes.STRIP;
            ColumnsTile.multiply(m, strip, Math.min(Lanes.STRIP, d - c), count, m, at.ds, m, dq + c * ROWS, ROWS);
        }
        for (int c = 0; c < d; c += ROWS) {
            RowsTile.multiply(m, at.ds, ROWS, count, ROWS, m, qRows + c * ROWS, m, at.product, ROWS);
            at.addKeys(begin, count, c);
        }
    }

    private void times(int to, int by, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, m, to + i).mul(fromArray(S, m, by + i)).intoArray(m, to + i);
        }
    }

    private void edit(List<ScoreEdit> edits, int sample, int head, int begin, int count, int s) {
        for (int e = 0; e < edits.size(); e++) {
            for (int r = 0; r < rows; r++) {
                edits.get(e).apply(sample, head, i0 + r, begin, count, m, s + r, ROWS);
            }
        }
    }

    /** Scores of two vectors of rows become weights; rows that see nothing, and those that are not there, have none at any score. */
    private void weigh(int s, int count, int x) {
        FloatVector a = fromArray(S, m, lse + x);
        FloatVector b = fromArray(S, m, lse + x + L);
        VectorMask<Float> blindA = a.compare(VectorOperators.EQ, Float.POSITIVE_INFINITY);
        VectorMask<Float> blindB = b.compare(VectorOperators.EQ, Float.POSITIVE_INFINITY);
        int end = s + count * ROWS;
        for (int at = s + x; at < end; at += ROWS) {
            Approx.expNegative(fromArray(S, m, at).sub(a)).blend(0f, blindA).intoArray(m, at);
            Approx.expNegative(fromArray(S, m, at + L).sub(b)).blend(0f, blindB).intoArray(m, at + L);
        }
    }

    /** Gradients of weights become those of scores: dS = P (dP - delta), 0 where there is no weight, whatever dP is. */
    private void slope(int s, int ds, int count, int x) {
        FloatVector a = fromArray(S, m, delta + x);
        FloatVector b = fromArray(S, m, delta + x + L);
        int end = count * ROWS;
        for (int at = x; at < end; at += ROWS) {
            FloatVector p = fromArray(S, m, s + at);
            FloatVector r = fromArray(S, m, s + at + L);
            FloatVector y = fromArray(S, m, ds + at).sub(a).mul(p);
            FloatVector z = fromArray(S, m, ds + at + L).sub(b).mul(r);
            y.blend(0f, p.compare(VectorOperators.EQ, 0f)).intoArray(m, ds + at);
            z.blend(0f, r.compare(VectorOperators.EQ, 0f)).intoArray(m, ds + at + L);
        }
    }

    /** Writes the rows' dq. @param rowsAt room for a panel's rows */
    void finish(Tensor to, long base, float scale, int rowsAt) {
        Arrays.fill(m, delta, delta + ROWS, scale);
        for (int r = 0; r < rows; r += 4) {
            Turn.lanes(m, dq + r, delta + r, d, rowsAt + r * d);
        }
        Floats.store(m, rowsAt, to.segment(), (base + i0) * d, rows * d);
    }
}
