package org.layerzoo.cpuvector.op.recur;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.layerzoo.core.op.recur.Diagonal;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.op.elementwise.UnaryLoops;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** All tokens of one block of state columns of one head. */
final class StateRun {
    /** Tokens read at once. */
    private static final int SPAN = 64;

    private static final int C = StateStep.COLUMNS;

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
    private final int dv;
    private final long keyHead;
    private final float[] state;
    private final float[] q;
    private final float[] k;
    private final float[] v;
    private final float[] out;
    private final float[] decay;
    private final float[] beta;
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
        dv = o.dim(3);
        width = Math.min(C, dv - column);
        int keyHeads = in.getFirst().dim(1);
        keyHead = (long) (head / heads) * keyHeads + (long) (head % heads) * keyHeads / heads;
        state = loan.zeros(dk * C);
        q = loan.floats(SPAN * dk);
        k = loan.floats(SPAN * dk);
        decay = loan.floats(SPAN * Math.max(dk, C));
        // columns behind the last one are computed too, and must not hold NaN
        v = loan.zeros(SPAN * C);
        out = loan.floats(SPAN * C);
        beta = loan.floats(SPAN);
        read = loan.floats(C);
    }

    void run() {
        if (op.initial()) {
            MemorySegment s = in.get(3 + op.gate().tensors()).segment();
            for (int d = 0; d < dk; d++) {
                Floats.load(s, ((long) head * dk + d) * dv + column, state, d * C, width);
            }
        }
        for (int from = 0; from < t; from += SPAN) {
            int n = Math.min(SPAN, t - from);
            span(op.reverse() ? t - from - n : from, n);
        }
        for (int d = 0; d < dk; d++) {
            Floats.store(state, d * C, last, ((long) head * dk + d) * dv + column, width);
        }
    }

    private void span(int from, int n) {
        Floats.load(in.get(0).segment(), (keyHead * t + from) * dk, q, 0, n * dk);
        Floats.load(in.get(1).segment(), (keyHead * t + from) * dk, k, 0, n * dk);
        RowLoops.scale(q, 0, n * dk, (float) op.scale());
        MemorySegment values = in.get(2).segment();
        for (int i = 0; i < n; i++) {
            Floats.load(values, ((long) head * t + from + i) * dv + column, v, i * C, width);
        }
        gates(from, n);
        for (int x = 0; x < n; x++) {
            token(op.reverse() ? n - 1 - x : x);
        }
        for (int i = 0; i < n; i++) {
            Floats.store(out, i * C, o, ((long) head * t + from + i) * dv + column, width);
        }
    }

    /** Decays of a span: [n, dk] for gates on rows, [n, C] for gates on columns. */
    private void gates(int from, int n) {
        long token = (long) head * t + from;
        switch (op.gate()) {
            case Gate.None g -> Arrays.fill(decay, 0, n * dk, 1f);
            case Gate.PerHead g ->
                Arrays.fill(
                        decay, 0, n * dk, (float) Math.exp(Floats.get(in.get(3).segment(), head % heads)));
            case Gate.Scalar g -> scalars(in.get(3).segment(), token, n);
            case Gate.Key g -> {
                Floats.load(in.get(3).segment(), token * dk, decay, 0, n * dk);
                exp(decay, n * dk);
            }
            case Gate.Value g -> {
                for (int i = 0; i < n; i++) {
                    Floats.load(in.get(3).segment(), (token + i) * dv + column, decay, i * C, width);
                }
                exp(decay, n * C);
            }
            case Gate.Delta g -> {
                Floats.load(in.get(3).segment(), token, beta, 0, n);
                if (g.decays()) {
                    scalars(in.get(4).segment(), token, n);
                } else {
                    Arrays.fill(decay, 0, n * dk, 1f);
                }
            }
        }
    }

    private void scalars(MemorySegment g, long token, int n) {
        for (int i = 0; i < n; i++) {
            Arrays.fill(decay, i * dk, (i + 1) * dk, (float) Math.exp(Floats.get(g, token + i)));
        }
    }

    private static void exp(float[] x, int n) {
        UnaryLoops.of(org.layerzoo.core.op.Primitive.UnaryFn.EXP).orElseThrow().apply(x, n);
    }

    private void token(int i) {
        boolean before = op.diagonal() == Diagonal.BEFORE;
        if (op.gate() instanceof Gate.Delta) {
            // u = beta (v - (decayed S)^T k)
            StateStep.read(state, k, i * dk, dk, read);
            for (int c = 0; c < C; c++) {
                v[i * C + c] = beta[i] * (v[i * C + c] - decay[i * dk] * read[c]);
            }
        }
        if (op.gate() instanceof Gate.Value) {
            StateStep.columns(state, decay, i * C, q, i * dk, k, i * dk, dk, v, i * C, out, i * C);
            if (!before) {
                for (int c = 0; c < C; c++) {
                    out[i * C + c] *= decay[i * C + c];
                }
            }
        } else {
            StateStep.rows(state, decay, q, k, dk, v, out, i, before);
        }
        if (op.diagonal().share() > 0) {
            float own = (float) (op.diagonal().share() * RowLoops.dot(q, i * dk, k, i * dk, dk));
            RowLoops.axpy(own, v, i * C, out, i * C, C);
        }
    }
}
