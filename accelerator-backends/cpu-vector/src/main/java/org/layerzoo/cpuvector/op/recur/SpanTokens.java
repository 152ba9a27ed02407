package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.recur.Diagonal;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;

/**
 * The tokens of one span of one head, in the order of the recurrence, with their decays relative to the beginning and the end of their
 * chunk: running products of the input's own factors, never quotients. Rows behind the last token are 0 and decay by 1. All rows lie in
 * one array; fields say where.
 */
final class SpanTokens {
    static final int N = Chunk.TOKENS;
    /** Tokens between two states that are kept. */
    static final int SPAN = 4 * N;

    static final int C = StateStep.COLUMNS;
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    final boolean delta;
    final boolean keyed;
    /** One decay a token, which all rows of the state share. */
    final boolean scalar;

    final boolean before;
    final int t;
    final int dk;
    final int dv;
    /** Distance of rows of keys, and of values: whole blocks of columns. */
    final int ldk;

    final int ldv;
    final int q;
    final int k;
    /** What a token writes: v, or for the delta rule beta times the error. */
    final int u;
    /** Errors v - k^T S of the delta rule. */
    final int e;

    final int out;
    /** q decayed from the chunk's beginning, k to its end, and -k from its beginning. */
    final int qs;

    final int ks;
    final int ka;
    final int decay;
    /** Decays by key from the chunk's beginning as far as o reads, to its end, and [SPAN / N, ldk] of whole chunks. */
    final int reads;

    final int tails;
    final int ends;
    final float[] beta;
    /** The same of decays by token. */
    final float[] a;

    final float[] read;
    final float[] into;
    final float[] tail;
    final float[] end;
    /** Tokens that {@link #load} has read. */
    int count;

    private final GradientCall call;
    private final Recur op;
    private final int head;
    private final long keyHead;
    private int next;
    private float[] m;

    /** @param first where there is room in the array */
    SpanTokens(Loan loan, GradientCall call, int head, long keyHead, int first) {
        this.call = call;
        this.head = head;
        this.keyHead = keyHead;
        op = call.op();
        delta = op.gate() instanceof Gate.Delta;
        keyed = op.gate() instanceof Gate.Key;
        scalar = op.gate() instanceof Gate.PerHead
                || op.gate() instanceof Gate.Scalar
                || op.gate() instanceof Gate.Delta d && d.decays();
        before = op.diagonal() == Diagonal.BEFORE;
        t = call.in().get(2).dim(2);
        dk = call.in().getFirst().dim(3);
        dv = call.in().get(2).dim(3);
        ldk = (dk + C - 1) / C * C;
        ldv = (dv + C - 1) / C * C;
        next = first;
        q = take(SPAN * ldk);
        k = take(SPAN * ldk);
        u = take(SPAN * ldv);
        out = take(SPAN * ldv);
        e = delta ? take(SPAN * ldv) : u;
        boolean decays = scalar || keyed;
        qs = decays ? take(SPAN * ldk) : q;
        ks = decays ? take(SPAN * ldk) : k;
        ka = delta ? take(SPAN * ldk) : k;
        decay = keyed ? take(SPAN * ldk) : 0;
        reads = keyed ? take(SPAN * ldk) : 0;
        tails = keyed ? take(SPAN * ldk) : 0;
        ends = keyed ? take(SPAN / N * ldk) : 0;
        beta = loan.zeros(SPAN);
        a = ones(loan, SPAN);
        read = ones(loan, SPAN);
        into = ones(loan, SPAN);
        tail = ones(loan, SPAN);
        end = ones(loan, SPAN / N);
    }

    private static float[] ones(Loan loan, int n) {
        float[] x = loan.floats(n);
        Arrays.fill(x, 1f);
        return x;
    }

    /** Places for n floats on a line of the cache, a line apart from others, lest equal rows of two meet in one set. */
    int take(int n) {
        int at = next;
        next += CacheLines.roundUp(n) + CacheLines.STEP;
        return at;
    }

    /** Where the array may end. */
    int end() {
        return next;
    }

    void in(float[] array) {
        m = array;
    }

    int spans() {
        return (t + SPAN - 1) / SPAN;
    }

    int chunks() {
        return (count + N - 1) / N;
    }

    /** Token number i of the recurrence in the order of time. */
    int place(int i) {
        return op.reverse() ? t - 1 - i : i;
    }

    /** Reads span s, without queries and cotangents when only the state is wanted, and without values when u is known. */
    void load(int s, boolean all, boolean values) {
        int from = s * SPAN;
        count = Math.min(SPAN, t - from);
        rows(call.in().get(1), keyHead, dk, from, k, ldk);
        if (values) {
            rows(call.in().get(2), head, dv, from, delta ? e : u, ldv);
        }
        if (all) {
            rows(call.in().getFirst(), keyHead, dk, from, q, ldk);
            rows(call.doOut(), head, dv, from, out, ldv);
            for (int i = q; op.scale() != 1 && i < q + count * ldk; i += L) {
                fromArray(S, m, i).mul((float) op.scale()).intoArray(m, i);
            }
        }
        gates(from);
        for (int c = 0; c < chunks(); c++) {
            if (keyed) {
                keys(c);
            } else if (scalar) {
                scalars(c);
            }
        }
        if (scalar) {
            scaled(q, read, 1, qs, ldk);
            scaled(k, tail, 1, ks, ldk);
        }
        if (delta) {
            scaled(k, into, -1, ka, ldk);
        }
    }

    private void rows(Tensor x, long h, int each, int from, int to, int ld) {
        MemorySegment s = x.segment();
        if (!op.reverse() && each == ld) {
            Floats.load(s, (h * t + from) * each, m, to, count * each);
        } else {
            for (int i = 0; i < count; i++) {
                Floats.load(s, (h * t + place(from + i)) * each, m, to + i * ld, each);
            }
        }
        Arrays.fill(m, to + count * ld, to + SPAN * ld, 0f);
    }

    /** Adds the rows of the span to those of x, or writes them. */
    void store(int from, int ld, Tensor x, long h, int each, int s, boolean add) {
        MemorySegment to = x.segment();
        for (int i = 0; i < count; i++) {
            long at = (h * t + place(s * SPAN + i)) * each;
            int row = from + i * ld;
            if (add) {
                for (int d = 0; d < each; d++) {
                    m[row + d] += Floats.get(to, at + d);
                }
            }
            Floats.store(m, row, to, at, each);
        }
    }

    private void gates(int from) {
        switch (op.gate()) {
            case Gate.PerHead g -> {
                int heads = call.in().get(2).dim(1);
                Arrays.fill(a, 0, count, (float)
                        Math.exp(Floats.get(call.in().get(3).segment(), head % heads)));
                Arrays.fill(a, count, SPAN, 1f);
            }
            case Gate.Scalar g -> decays(call.in().get(3), from);
            case Gate.Key g -> {
                rows(call.in().get(3), head, dk, from, decay, ldk);
                Decays.of(m, decay, SPAN * ldk);
            }
            case Gate.Delta g -> {
                tokens(call.in().get(3), from, beta);
                if (g.decays()) {
                    decays(call.in().get(4), from);
                }
            }
            default -> {}
        }
    }

    private void decays(Tensor g, int from) {
        tokens(g, from, a);
        Decays.of(a, 0, SPAN);
    }

    private void tokens(Tensor x, int from, float[] to) {
        for (int i = 0; i < count; i++) {
            to[i] = Floats.get(x.segment(), (long) head * t + place(from + i));
        }
        Arrays.fill(to, count, SPAN, 0f);
    }

    private void scalars(int c) {
        float all = 1;
        for (int i = c * N; i < (c + 1) * N; i++) {
            into[i] = all * a[i];
            read[i] = before ? all : into[i];
            all = into[i];
        }
        end[c] = all;
        float late = 1;
        for (int i = (c + 1) * N - 1; i >= c * N; i--) {
            tail[i] = late;
            late *= a[i];
        }
    }

    private void keys(int c) {
        for (int d = c * N * ldk; d < c * N * ldk + ldk; d += L) {
            FloatVector all = broadcast(S, 1f), late = all;
            for (int i = d; i < d + N * ldk; i += ldk) {
                FloatVector next = all.mul(fromArray(S, m, decay + i));
                FloatVector x = before ? all : next;
                x.intoArray(m, reads + i);
                x.mul(fromArray(S, m, q + i)).intoArray(m, qs + i);
                all = next;
            }
            all.intoArray(m, ends + c * ldk + d - c * N * ldk);
            for (int i = d + (N - 1) * ldk; i >= d; i -= ldk) {
                late.intoArray(m, tails + i);
                late.mul(fromArray(S, m, k + i)).intoArray(m, ks + i);
                late = late.mul(fromArray(S, m, decay + i));
            }
        }
    }

    /** Rows times sign f_i, of all tokens. */
    void scaled(int from, float[] f, float sign, int to, int ld) {
        scaled(from, f, sign, to, ld, 0, SPAN);
    }

    /** The same of n tokens from {@code first} on. */
    void scaled(int from, float[] f, float sign, int to, int ld, int first, int n) {
        for (int i = first; i < first + n; i++) {
            FloatVector x = broadcast(S, sign * f[i]);
            for (int d = i * ld; d < (i + 1) * ld; d += L) {
                fromArray(S, m, from + d).mul(x).intoArray(m, to + d);
            }
        }
    }
}
