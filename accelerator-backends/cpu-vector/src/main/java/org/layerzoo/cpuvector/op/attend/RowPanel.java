package org.layerzoo.cpuvector.op.attend;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Width;

/**
 * Some query rows of one head, one lane each, while blocks of keys pass by: the scaled rows, the keys that each sees, and its running
 * maximum, sum and output (FlashAttention-2, algorithm 1). With keys along the other axis no step of the softmax crosses lanes.
 */
final class RowPanel {
    /** Rows of a panel. */
    static final int ROWS = Lanes.PANEL;
    /** Keys of a block: its scores, keys and values stay in the nearest caches. */
    static final int KEYS = 96;

    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, S.vectorShape());
    private static final int L = Width.LANES;

    private final int d;
    private final int dv;
    private final float[] q;
    private final float[] o;
    private final float[] top = new float[ROWS];
    private final float[] next = new float[ROWS];
    private final float[] sum = new float[ROWS];
    private final int[] from = new int[ROWS];
    private final int[] to = new int[ROWS];
    private int i0;
    private int rows;
    /** Keys that any row sees, and the keys among them that all rows see. */
    private int first;

    private int last;
    private int allFrom;
    private int allTo;

    RowPanel(int d, int dv) {
        this.d = d;
        this.dv = dv;
        q = new float[d * ROWS];
        o = new float[Lanes.padded(dv) * ROWS];
    }

    /** Takes rows i .. i+n-1 of a head whose row 0 is row {@code base} of q. @param rowsOf room for n rows */
    void start(MemorySegment from, long base, int i, int n, float scale, float[] rowsOf) {
        i0 = i;
        rows = n;
        Floats.load(from, (base + i) * d, rowsOf, 0, n * d);
        Arrays.fill(rowsOf, n * d, ROWS * d, 0f);
        for (int r = 0; r < ROWS; r += 4) {
            turn(rowsOf, r * d, d, q, r, scale);
        }
        Arrays.fill(o, 0f);
        Arrays.fill(sum, 0f);
        Arrays.fill(top, Float.NEGATIVE_INFINITY);
    }

    /** Four rows become four lanes. */
    private static void turn(float[] from, int at, int n, float[] to, int lane, float scale) {
        int a1 = at + n;
        int a2 = a1 + n;
        int a3 = a2 + n;
        for (int p = 0; p < n; p++) {
            int t = p * ROWS + lane;
            to[t] = from[at + p] * scale;
            to[t + 1] = from[a1 + p] * scale;
            to[t + 2] = from[a2 + p] * scale;
            to[t + 3] = from[a3 + p] * scale;
        }
    }

    /** Four lanes become four rows. */
    private static void turnBack(float[] from, int lane, float[] factor, int n, float[] to, int at) {
        float f0 = factor[lane];
        float f1 = factor[lane + 1];
        float f2 = factor[lane + 2];
        float f3 = factor[lane + 3];
        int a1 = at + n;
        int a2 = a1 + n;
        int a3 = a2 + n;
        for (int p = 0; p < n; p++) {
            int f = p * ROWS + lane;
            to[at + p] = from[f] * f0;
            to[a1 + p] = from[f + 1] * f1;
            to[a2 + p] = from[f + 2] * f2;
            to[a3 + p] = from[f + 3] * f3;
        }
    }

    /** Reads which keys of a section the rows see. */
    void look(KeySection section, int sample) {
        first = Integer.MAX_VALUE;
        last = 0;
        allFrom = 0;
        allTo = Integer.MAX_VALUE;
        for (int r = 0; r < ROWS; r++) {
            int a = r < rows ? section.from(sample, i0 + r) : 0;
            int b = r < rows ? section.to(sample, i0 + r) : 0;
            from[r] = a;
            to[r] = b;
            if (r < rows) {
                allFrom = Math.max(allFrom, a);
                allTo = Math.min(allTo, b);
            }
            if (a < b) {
                first = Math.min(first, a);
                last = Math.max(last, b);
            }
        }
    }

    int first() {
        return first;
    }

    int last() {
        return last;
    }

    /**
     * Adds what the rows see of keys j .. j+n-1.
     *
     * @param k their rows from 0 on, and room for {@link Lanes#padded} rows
     * @param v likewise, and some elements more
     * @param s room for scores [KEYS, ROWS]
     */
    void absorb(KeySection section, int sample, int head, float[] k, float[] v, int j, int n, float[] s) {
        int begin = Math.max(j, first);
        int count = Math.min(j + n, last) - begin;
        if (count <= 0) {
            return;
        }
        RowsTile.multiply(k, (begin - j) * d, d, count, d, q, 0, ROWS, Lanes.ZERO, 0, 0, s, 0, ROWS);
        for (ScoreEdit e : section.edits()) {
            for (int r = 0; r < rows; r++) {
                e.apply(sample, head, i0 + r, begin, count, s, r, ROWS);
            }
        }
        hide(s, begin, begin, Math.min(begin + count, allFrom));
        hide(s, begin, Math.max(begin, allTo), begin + count);
        for (int x = 0; x < ROWS; x += 2 * L) {
            climb(s, count * ROWS, x);
            follow(x);
            follow(x + L);
            weigh(s, count * ROWS, x);
        }
        ColumnsTile.multiply(v, (begin - j) * dv, dv, dv, count, s, 0, ROWS, o, 0, ROWS, o, 0, ROWS);
    }

    /** -inf where a row does not see a key of start .. end-1. */
    private void hide(float[] s, int begin, int start, int end) {
        for (int j = start; j < end; j++) {
            for (int x = 0; x < ROWS; x += L) {
                VectorMask<Integer> before = IntVector.fromArray(I, from, x).compare(VectorOperators.GT, j);
                VectorMask<Integer> behind = IntVector.fromArray(I, to, x).compare(VectorOperators.LE, j);
                int at = (j - begin) * ROWS + x;
                fromArray(S, s, at)
                        .blend(Float.NEGATIVE_INFINITY, before.or(behind).cast(S))
                        .intoArray(s, at);
            }
        }
    }

    /** The running maxima of two vectors of rows. Each step hands on arrays: a vector that is a method's argument would be boxed. */
    private void climb(float[] s, int end, int x) {
        FloatVector a = fromArray(S, top, x);
        FloatVector b = fromArray(S, top, x + L);
        for (int at = x; at < end; at += ROWS) {
            FloatVector u = fromArray(S, s, at);
            FloatVector w = fromArray(S, s, at + L);
            a = a.blend(u, a.compare(VectorOperators.LT, u));
            b = b.blend(w, b.compare(VectorOperators.LT, w));
        }
        a.intoArray(next, x);
        b.intoArray(next, x + L);
    }

    /** What was summed so far follows a new maximum. */
    private void follow(int x) {
        FloatVector old = fromArray(S, top, x);
        FloatVector now = fromArray(S, next, x);
        if (!old.compare(VectorOperators.LT, now).anyTrue()) {
            return;
        }
        // equal infinities differ by no number, and their rows keep what they have
        FloatVector f = Approx.expNegative(old.sub(now)).blend(1f, old.compare(VectorOperators.EQ, now));
        now.intoArray(top, x);
        f.mul(fromArray(S, sum, x)).intoArray(sum, x);
        for (int at = x; at < dv * ROWS; at += ROWS) {
            f.mul(fromArray(S, o, at)).intoArray(o, at);
        }
    }

    /** Scores of two vectors of rows become weights relative to their maxima. */
    private void weigh(float[] s, int end, int x) {
        // rows that have seen nothing yet: any reference but -inf will do
        FloatVector a = fromArray(S, top, x);
        FloatVector b = fromArray(S, top, x + L);
        a = a.blend(0f, a.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY));
        b = b.blend(0f, b.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY));
        FloatVector sa = FloatVector.zero(S);
        FloatVector sb = FloatVector.zero(S);
        for (int at = x; at < end; at += ROWS) {
            FloatVector u = Approx.expNegative(fromArray(S, s, at).sub(a));
            FloatVector w = Approx.expNegative(fromArray(S, s, at + L).sub(b));
            u.intoArray(s, at);
            w.intoArray(s, at + L);
            sa = sa.add(u);
            sb = sb.add(w);
        }
        fromArray(S, sum, x).add(sa).intoArray(sum, x);
        fromArray(S, sum, x + L).add(sb).intoArray(sum, x + L);
    }

    /** Writes the rows' outputs and log-sum-exps. @param rowsOf room for the rows */
    void finish(MemorySegment out, MemorySegment lse, long base, float[] rowsOf) {
        for (int x = 0; x < ROWS; x += L) {
            FloatVector total = fromArray(S, sum, x);
            VectorMask<Float> empty = total.compare(VectorOperators.EQ, 0f);
            broadcast(S, 1f).div(total).blend(0f, empty).intoArray(sum, x);
            fromArray(S, top, x)
                    .add(Approx.log(total))
                    .blend(Float.NEGATIVE_INFINITY, empty)
                    .intoArray(top, x);
        }
        for (int r = 0; r < rows; r += 4) {
            turnBack(o, r, sum, dv, rowsOf, r * dv);
        }
        Floats.store(rowsOf, 0, out, (base + i0) * dv, rows * dv);
        Floats.store(top, 0, lse, base + i0, rows);
    }
}
