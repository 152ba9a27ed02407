package org.layerzoo.cpuvector.op.recur;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Diagonal;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.AlignedScratch;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.op.linear.Turn;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** All tokens of one block of state columns of one head, in chunks or token by token. Rows of arrays are in the order of the recurrence. */
final class StateRun {
    /** Tokens read at once where there are no chunks. */
    private static final int SPAN = 64;
    /** Fewer tokens take less time one by one. */
    private static final int FEW = 4;

    private static final int C = StateStep.COLUMNS;
    private static final AlignedScratch SCRATCH = new AlignedScratch();

    private final Recur op;
    private final List<Tensor> in;
    private final MemorySegment o;
    private final MemorySegment last;
    private final int head;
    private final int column;
    private final int width;
    private final int heads;
    private final int t;
    private final int dk;
    private final int ld;
    private final int dv;
    private final int span;
    private final long keyHead;
    private final Optional<Chunk> chunk;
    private final float[] m;
    private final int state;
    private final float[] q;
    private final float[] k;
    private final int v;
    private final int out;
    private final float[] decay;
    private final float[] beta;
    private final float[] logs;
    private final float[] read;

    StateRun(Loan loan, Recur op, List<Tensor> in, Tensor o, Tensor last, int head, int column) {
        this.op = op;
        this.in = in;
        this.o = o.segment();
        this.last = last.segment();
        this.head = head;
        this.column = column;
        heads = o.dim(1);
        t = o.dim(2);
        dk = in.getFirst().dim(3);
        ld = Width.roundUp(dk);
        dv = o.dim(3);
        width = Math.min(C, dv - column);
        int keyHeads = in.getFirst().dim(1);
        keyHead = (long) (head / heads) * keyHeads + (long) (head % heads) * keyHeads / heads;
        int tokens = chunk(op, t);
        chunk = tokens < FEW ? Optional.empty() : Optional.of(new Chunk(loan, op, dk, ld, CacheLines.FIRST));
        span = tokens < FEW ? Math.min(SPAN, t) : tokens;
        int rows = chunk.isPresent() ? Chunk.TOKENS : span;
        v = CacheLines.FIRST + Chunk.ROOM;
        out = v + rows * C;
        state = out + rows * C + CacheLines.STEP;
        m = SCRATCH.floats(state + dk * C);
        Arrays.fill(m, 0, state + dk * C, 0f);
        // what is behind the last row, key or column is computed too, and must not hold NaN
        q = loan.zeros(rows * ld);
        k = loan.zeros(rows * ld);
        decay = loan.zeros(rows * Math.max(ld, C));
        Arrays.fill(decay, constant());
        beta = loan.zeros(rows);
        logs = loan.zeros(rows);
        read = loan.floats(C);
    }

    /** Tokens of a chunk: none when the call asks for single tokens, or for decays by column, whose pairs are not a product. */
    private static int chunk(Recur op, int t) {
        if (op.gate() instanceof Gate.Value) {
            return 0;
        }
        int asked =
                switch (op.algorithm()) {
                    case Algorithm.Recurrent r -> 0;
                    case Algorithm.Chunked c -> c.size();
                    case Algorithm.Parallel p -> Chunk.TOKENS;
                };
        return Math.min(t, Math.min(asked, Chunk.TOKENS));
    }

    void run() {
        if (op.initial()) {
            MemorySegment s = in.get(3 + op.gate().tensors()).segment();
            for (int d = 0; d < dk; d++) {
                Floats.load(s, ((long) head * dk + d) * dv + column, m, state + d * C, width);
            }
        }
        for (int from = 0; from < t; from += span) {
            span(from, Math.min(span, t - from));
        }
        for (int d = 0; d < dk; d++) {
            Floats.store(m, state + d * C, last, ((long) head * dk + d) * dv + column, width);
        }
    }

    /** n tokens from the one that is number {@code from} in the order of the recurrence. */
    private void span(int from, int n) {
        if (chunk.isPresent() && n < Chunk.TOKENS) {
            for (float[] a : new float[][] {q, k, beta}) {
                Arrays.fill(a, 0f);
            }
            Arrays.fill(m, v, v + Chunk.TOKENS * C, 0f);
        }
        rows(in.get(0), keyHead, dk, 0, from, n, q, 0, ld, dk);
        rows(in.get(1), keyHead, dk, 0, from, n, k, 0, ld, dk);
        rows(in.get(2), head, dv, column, from, n, m, v, C, width);
        if (op.scale() != 1) {
            RowLoops.scale(q, 0, n * ld, (float) op.scale());
        }
        gates(from, n);
        if (chunk.isEmpty() || !chunked(chunk.get(), from, n)) {
            for (int i = 0; i < n; i++) {
                token(i);
            }
        }
        if (!op.reverse() && C == dv) {
            Floats.store(m, out, o, ((long) head * t + from) * dv, n * C);
        } else {
            for (int i = 0; i < n; i++) {
                Floats.store(m, out + i * C, o, ((long) head * t + place(from + i)) * dv + column, width);
            }
        }
    }

    private int place(int number) {
        return op.reverse() ? t - 1 - number : number;
    }

    /** Columns first .. first + count - 1 of n rows of x [.., T, each], to rows {@code ld} apart from {@code row} on. */
    private void rows(Tensor x, long h, int each, int first, int from, int n, float[] to, int row, int ld, int count) {
        MemorySegment s = x.segment();
        if (!op.reverse() && each == ld) {
            Floats.load(s, (h * t + from) * each, to, row, n * each);
            return;
        }
        for (int i = 0; i < n; i++) {
            Floats.load(s, (h * t + place(from + i)) * each + first, to, row + i * ld, count);
        }
    }

    private boolean chunked(Chunk c, int from, int n) {
        int d = 0;
        if (Turn.SQUARES) {
            MemorySegment s = in.get(1).segment();
            int next = op.reverse() ? -dk : dk;
            for (; d + Width.LANES <= dk; d += Width.LANES) {
                for (int i = 0; i < n; i += Width.LANES) {
                    long at = (keyHead * t + place(from + i)) * dk + d;
                    int lastRow = Math.min(Width.LANES, n - i) - 1;
                    Turn.square(s, at, next, lastRow, c.turned, d * Chunk.TOKENS + i, Chunk.TOKENS);
                }
            }
        }
        for (; d < dk; d++) {
            for (int i = 0; i < n; i++) {
                c.turned[d * Chunk.TOKENS + i] = k[i * ld + d];
            }
        }
        return c.run(m, state, q, k, v, decay, beta, out, n);
    }

    /** The decay of all tokens where there is but one. */
    private float constant() {
        return op.gate() instanceof Gate.PerHead
                ? (float) Math.exp(Floats.get(in.get(3).segment(), head % heads))
                : 1f;
    }

    /** Decays of a span, where they differ: [n, ld] for gates on rows, [n, C] for gates on columns. */
    private void gates(int from, int n) {
        switch (op.gate()) {
            case Gate.None g -> {}
            case Gate.PerHead g -> {}
            case Gate.Scalar g -> scalars(in.get(3), from, n);
            case Gate.Key g -> {
                rows(in.get(3), head, dk, 0, from, n, decay, 0, ld, dk);
                Decays.of(decay, 0, n * ld);
            }
            case Gate.Value g -> {
                rows(in.get(3), head, dv, column, from, n, decay, 0, C, width);
                Decays.of(decay, 0, n * C);
            }
            case Gate.Delta g -> {
                rows(in.get(3), head, 1, 0, from, n, beta, 0, 1, 1);
                if (g.decays()) {
                    scalars(in.get(4), from, n);
                }
            }
        }
    }

    private void scalars(Tensor g, int from, int n) {
        rows(g, head, 1, 0, from, n, logs, 0, 1, 1);
        Decays.of(logs, 0, n);
        for (int i = 0; i < n; i++) {
            Arrays.fill(decay, i * ld, (i + 1) * ld, logs[i]);
        }
    }

    private void token(int i) {
        boolean before = op.diagonal() == Diagonal.BEFORE;
        if (op.gate() instanceof Gate.Delta) {
            // u = beta (v - (decayed S)^T k)
            StateStep.read(m, state, k, i * ld, dk, read);
            for (int c = 0; c < C; c++) {
                m[v + i * C + c] = beta[i] * (m[v + i * C + c] - decay[i * ld] * read[c]);
            }
        }
        if (op.gate() instanceof Gate.Value) {
            StateStep.columns(m, state, decay, i * C, q, i * ld, k, i * ld, dk, m, v + i * C, m, out + i * C);
            if (!before) {
                for (int c = 0; c < C; c++) {
                    m[out + i * C + c] *= decay[i * C + c];
                }
            }
        } else {
            StateStep.rows(m, state, decay, q, k, i * ld, dk, v + i * C, out + i * C, before);
        }
        if (op.diagonal().share() > 0) {
            float own = (float) (op.diagonal().share() * RowLoops.dot(q, i * ld, k, i * ld, dk));
            RowLoops.axpy(own, m, v + i * C, m, out + i * C, C);
        }
    }
}
