package org.layerzoo.cpuvector.op.attend;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
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
    private static final int L = Width.LANES;

    private final int d;
    private final int dv;
    /** Floats of all of a thread's work; the rest are places in it. */
    private final float[] m;

    private final int q;
    private final int o;
    private final int top;
    private final int next;
    private final int sum;
    private final RowSight sight = new RowSight();
    /** Present in a second sweep, when {@code top} holds the rows' log-sum-exps. */
    private Optional<ClipWeights> clip = Optional.empty();

    private int head;
    private int tq;
    private int i0;
    private int rows;
    /** Lanes that are worth computing: where there are few rows, two vectors of them. */
    private int lanes;

    /** A panel that keeps its floats in {@code m} from an element on, {@link #room} of them. */
    RowPanel(int d, int dv, float[] m, int at) {
        this.d = d;
        this.dv = dv;
        this.m = m;
        q = at;
        o = q + d * ROWS;
        top = o + Lanes.channels(dv) * ROWS;
        next = top + ROWS;
        sum = next + ROWS;
    }

    static int room(int d, int dv) {
        return (d + Lanes.channels(dv) + 3) * ROWS;
    }

    /**
     * Takes rows i .. i+n-1 of the heads from {@code first} on, which have {@code tq} rows each, row 0 of the first of them being row {@code base} of
     * q.
     *
     * @param rowsAt room for a panel's rows
     */
    void start(MemorySegment from, long base, int first, int tq, int i, int n, float scale, int rowsAt) {
        head = first;
        this.tq = tq;
        i0 = i;
        rows = n;
        lanes = n <= 2 * L ? 2 * L : ROWS;
        Floats.load(from, (base + i) * d, m, rowsAt, n * d);
        Arrays.fill(m, rowsAt + n * d, rowsAt + ROWS * d, 0f);
        for (int r = 0; r < ROWS; r += 4) {
            Turn.rows(m, rowsAt + r * d, d, q + r, scale);
        }
        Arrays.fill(m, o, top, 0f);
        Arrays.fill(m, sum, sum + ROWS, 0f);
        Arrays.fill(m, top, next, Float.NEGATIVE_INFINITY);
        clip = Optional.empty();
    }

    /** Makes this a second sweep, whose weights come of the log-sum-exps of the first. */
    void clip(ClipWeights weights, MemorySegment lse, long base) {
        clip = Optional.of(weights);
        Arrays.fill(m, top, next, Float.POSITIVE_INFINITY);
        for (int r = 0; r < rows; r++) {
            float total = Floats.get(lse, base + i0 + r);
            m[top + r] = total == Float.NEGATIVE_INFINITY ? Float.POSITIVE_INFINITY : total;
        }
    }

    /** Reads which keys of a section the rows see. */
    RowSight look(KeySection section, int sample) {
        sight.look(section, sample, i0, rows, tq);
        return sight;
    }

    /**
     * Adds what the rows see of keys j .. j+n-1.
     *
     * @param k where their rows are, with room for {@link Lanes#padded}
     * @param v where their values are, a strip after the other, each with KEYS rows
     * @param s room for scores [KEYS, ROWS]
     */
    void absorb(KeySection section, int sample, int k, int v, int j, int n, int s) {
        int begin = Math.max(j, sight.first());
        int count = Math.min(j + n, sight.last()) - begin;
        if (count <= 0 || !touches(section, sample, begin, count)) {
            return;
        }
        RowsTile.multiply(m, k + (begin - j) * d, d, count, d, m, q, m, s, lanes);
        if (section.softcap() > 0) {
            SoftCap.apply(m, s, count * ROWS, section.softcap());
        }
        edit(section.edits(), sample, begin, count, s);
        sight.hide(m, s, begin, count);
        if (section.pointwise().isPresent()) {
            section.pointwise().get().weigh(m, s, count * ROWS);
        } else if (clip.isPresent()) {
            clip.get().weigh(m, s, count, top);
        } else {
            for (int x = 0; x < lanes; x += 2 * L) {
                climb(s, count, x);
                follow(x);
                follow(x + L);
                weigh(s, count, x);
            }
        }
        edit(section.post(), sample, begin, count, s);
        for (int c = 0; c < dv; c += Lanes.STRIP) {
            int strip = v + c * KEYS + (begin - j) * Lanes.STRIP;
            ColumnsTile.multiply(m, strip, Math.min(Lanes.STRIP, dv - c), count, m, s, m, o + c * ROWS, lanes);
        }
    }

    /** Whether any row sees any of keys j .. j+n-1, as far as lists of tiles tell. */
    boolean touches(KeySection section, int sample, int j, int n) {
        // rows of several heads are few: they look at every block
        return i0 + rows > tq || section.touches(sample, head, i0, rows, j, n);
    }

    private void edit(List<ScoreEdit> edits, int sample, int begin, int count, int s) {
        for (int e = 0; e < edits.size(); e++) {
            for (int r = 0; r < rows; r++) {
                edits.get(e).apply(sample, head + (i0 + r) / tq, (i0 + r) % tq, begin, count, m, s + r, ROWS);
            }
        }
    }

    /** Floats of what a panel has gathered. */
    static int gathered(int dv) {
        return (Lanes.channels(dv) + 3) * ROWS;
    }

    /** Copies what the panel has gathered. */
    void save(float[] to, int at) {
        System.arraycopy(m, o, to, at, gathered(dv));
    }

    /** Adds what a panel of the same rows has gathered from other keys. */
    void merge(float[] from, int at) {
        int theirTop = at + top - o;
        int theirSum = at + sum - o;
        for (int x = 0; x < lanes; x += L) {
            FloatVector a = fromArray(S, m, top + x);
            FloatVector b = fromArray(S, from, theirTop + x);
            FloatVector t = a.blend(b, a.compare(VectorOperators.LT, b));
            FloatVector f = Approx.expNegative(a.sub(t)).blend(1f, a.compare(VectorOperators.EQ, t));
            FloatVector g = Approx.expNegative(b.sub(t)).blend(1f, b.compare(VectorOperators.EQ, t));
            t.intoArray(m, top + x);
            f.mul(fromArray(S, m, sum + x))
                    .add(g.mul(fromArray(S, from, theirSum + x)))
                    .intoArray(m, sum + x);
            for (int c = x; c < dv * ROWS; c += ROWS) {
                f.mul(fromArray(S, m, o + c))
                        .add(g.mul(fromArray(S, from, at + c)))
                        .intoArray(m, o + c);
            }
        }
    }

    /** The running maxima of two vectors of rows. Each step hands on arrays: a vector that is a method's argument would be boxed. */
    private void climb(int s, int count, int x) {
        int end = s + count * ROWS;
        FloatVector a = fromArray(S, m, top + x);
        FloatVector b = fromArray(S, m, top + x + L);
        for (int at = s + x; at < end; at += ROWS) {
            FloatVector u = fromArray(S, m, at);
            FloatVector w = fromArray(S, m, at + L);
            a = a.blend(u, a.compare(VectorOperators.LT, u));
            b = b.blend(w, b.compare(VectorOperators.LT, w));
        }
        a.intoArray(m, next + x);
        b.intoArray(m, next + x + L);
    }

    /** What was summed so far follows a new maximum. */
    private void follow(int x) {
        FloatVector old = fromArray(S, m, top + x);
        FloatVector now = fromArray(S, m, next + x);
        if (!old.compare(VectorOperators.LT, now).anyTrue()) {
            return;
        }
        // equal infinities differ by no number, and their rows keep what they have
        FloatVector f = Approx.expNegative(old.sub(now)).blend(1f, old.compare(VectorOperators.EQ, now));
        now.intoArray(m, top + x);
        f.mul(fromArray(S, m, sum + x)).intoArray(m, sum + x);
        for (int at = o + x; at < top; at += ROWS) {
            f.mul(fromArray(S, m, at)).intoArray(m, at);
        }
    }

    /** Scores of two vectors of rows become weights relative to their maxima. */
    private void weigh(int s, int count, int x) {
        int end = s + count * ROWS;
        // rows that have seen nothing yet: any reference but -inf will do
        FloatVector a = fromArray(S, m, top + x);
        FloatVector b = fromArray(S, m, top + x + L);
        a = a.blend(0f, a.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY));
        b = b.blend(0f, b.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY));
        FloatVector sa = FloatVector.zero(S);
        FloatVector sb = FloatVector.zero(S);
        for (int at = s + x; at < end; at += ROWS) {
            FloatVector u = Approx.expNegative(fromArray(S, m, at).sub(a));
            FloatVector w = Approx.expNegative(fromArray(S, m, at + L).sub(b));
            u.intoArray(m, at);
            w.intoArray(m, at + L);
            sa = sa.add(u);
            sb = sb.add(w);
        }
        fromArray(S, m, sum + x).add(sa).intoArray(m, sum + x);
        fromArray(S, m, sum + x + L).add(sb).intoArray(m, sum + x + L);
    }

    /** Writes the rows' outputs as they are, where weights are not normalised. @param rowsAt room for a panel's rows */
    void finish(MemorySegment out, long base, int rowsAt) {
        Arrays.fill(m, sum, sum + ROWS, 1f);
        store(out, base, rowsAt);
    }

    private void store(MemorySegment out, long base, int rowsAt) {
        for (int r = 0; r < rows; r += 4) {
            Turn.lanes(m, o + r, sum + r, dv, rowsAt + r * dv);
        }
        Floats.store(m, rowsAt, out, (base + i0) * dv, rows * dv);
    }

    /** Writes the rows' outputs and log-sum-exps. */
    void finish(MemorySegment out, MemorySegment lse, long base, int rowsAt) {
        // one row at a time: a vector logarithm is too large to be inlined everywhere, and its argument would be boxed
        for (int r = 0; r < rows; r++) {
            float total = m[sum + r];
            boolean empty = total == 0;
            m[sum + r] = empty ? 0 : 1 / total;
            m[top + r] = empty ? Float.NEGATIVE_INFINITY : (float) (m[top + r] + Math.log(total));
        }
        store(out, base, rowsAt);
        Floats.store(m, top, lse, base + i0, rows);
    }
}
