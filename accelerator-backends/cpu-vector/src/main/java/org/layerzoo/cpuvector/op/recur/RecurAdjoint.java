package org.layerzoo.cpuvector.op.recur;

import java.util.Arrays;
import org.layerzoo.core.op.recur.Diagonal;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/**
 * Backward pass of one head token by token: states at the beginning of every span are kept, those inside a span are computed anew, then
 * tokens are walked from the last to the first with the cotangent of the state. Linear in length.
 */
final class RecurAdjoint {
    private static final int SPAN = 64;

    private final Loan loan;
    private final GradientCall call;
    private final Recur op;
    private final int head;
    private final long keyHead;
    private final int t;
    private final int dk;
    private final int dv;
    private final int w;
    private final boolean delta;
    private final boolean columns;
    private final boolean first;
    private final float[] q;
    private final float[] k;
    private final float[] v;
    private final float[] u;
    private final float[] sums;
    private final float[] errors;
    private final float[] out;
    private final float[] decay;
    private final float[] beta;
    private final float[] states;
    private final float[] g;
    private final float[] du;
    private final float[] dr;
    private final float[] dq;
    private final float[] dkeys;
    private final float[] logs;
    private final float[] betas;
    private final AdjointRow row = new AdjointRow();
    /** Gradient of a decay that the whole head shares. */
    double perHead;

    /** @param first whether no other head has written the gradients of this head's keys */
    RecurAdjoint(Loan loan, GradientCall call, int head, long keyHead, boolean first) {
        this.first = first;
        this.loan = loan;
        this.call = call;
        this.head = head;
        this.keyHead = keyHead;
        op = call.op();
        Tensor values = call.in().get(2);
        t = values.dim(2);
        dk = call.in().getFirst().dim(3);
        dv = values.dim(3);
        w = Width.roundUp(dv);
        delta = op.gate() instanceof Gate.Delta;
        columns = op.gate() instanceof Gate.Value;
        q = loan.zeros(SPAN * dk);
        k = loan.zeros(SPAN * dk);
        v = loan.zeros(SPAN * w);
        u = loan.zeros(SPAN * w);
        errors = loan.zeros(SPAN * w);
        out = loan.zeros(SPAN * w);
        decay = loan.zeros(SPAN * Math.max(dk, w));
        states = loan.floats((SPAN + 1) * dk * w);
        g = loan.zeros(dk * w);
        sums = loan.floats(SPAN * dk);
        du = loan.zeros(w);
        dr = loan.zeros(w);
        dq = loan.zeros(SPAN * dk);
        dkeys = loan.zeros(SPAN * dk);
        logs = loan.zeros(SPAN * Math.max(dk, w));
        beta = loan.zeros(SPAN);
        betas = loan.zeros(SPAN);
    }

    /** Writes the gradients; those of q and k, which other heads share, are added to what an earlier head wrote. */
    void run() {
        int spans = (t + SPAN - 1) / SPAN;
        float[][] starts = new float[spans][];
        starts[0] = initial();
        for (int s = 0; s + 1 < spans; s++) {
            int n = load(s);
            forward(starts[s], n);
            starts[s + 1] = loan.floats(dk * w);
            System.arraycopy(states, n * dk * w, starts[s + 1], 0, dk * w);
        }
        call.dLast().ifPresent(d -> rows(d, g));
        for (int s = spans - 1; s >= 0; s--) {
            int n = load(s);
            forward(starts[s], n);
            Arrays.fill(dq, 0f);
            Arrays.fill(dkeys, 0f);
            for (int x = n - 1; x >= 0; x--) {
                token(x, local(x, n));
            }
            store(s, n);
        }
        if (op.initial()) {
            Tensor d = call.grads().get(3 + op.gate().tensors());
            for (int r = 0; r < dk; r++) {
                Floats.store(g, r * w, d.segment(), ((long) head * dk + r) * dv, dv);
            }
        }
    }

    private float[] initial() {
        float[] s = loan.zeros(dk * w);
        if (op.initial()) {
            rows(call.in().get(3 + op.gate().tensors()), s);
        }
        return s;
    }

    private void rows(Tensor x, float[] to) {
        for (int r = 0; r < dk; r++) {
            Floats.load(x.segment(), ((long) head * dk + r) * dv, to, r * w, dv);
        }
    }

    /** First token of the span that is number s in the order of time. */
    private int first(int s, int n) {
        return op.reverse() ? t - s * SPAN - n : s * SPAN;
    }

    private int count(int s) {
        return Math.min(SPAN, t - s * SPAN);
    }

    private int local(int x, int n) {
        return op.reverse() ? n - 1 - x : x;
    }

    private int load(int s) {
        int n = count(s);
        int from = first(s, n);
        Floats.load(call.in().get(0).segment(), (keyHead * t + from) * dk, q, 0, n * dk);
        Floats.load(call.in().get(1).segment(), (keyHead * t + from) * dk, k, 0, n * dk);
        RowLoops.scale(q, 0, n * dk, (float) op.scale());
        long token = (long) head * t + from;
        for (int i = 0; i < n; i++) {
            Floats.load(call.in().get(2).segment(), (token + i) * dv, v, i * w, dv);
            Floats.load(call.doOut().segment(), (token + i) * dv, out, i * w, dv);
        }
        gates(token, n);
        return n;
    }

    private void gates(long token, int n) {
        Arrays.fill(decay, 1f);
        switch (op.gate()) {
            case Gate.PerHead p -> {
                int heads = call.in().get(2).dim(1);
                Arrays.fill(decay, (float) Math.exp(Floats.get(call.in().get(3).segment(), head % heads)));
            }
            case Gate.Scalar p -> scalars(call.in().get(3), token, n);
            case Gate.Value p -> {
                for (int i = 0; i < n; i++) {
                    Floats.load(call.in().get(3).segment(), (token + i) * dv, decay, i * w, dv);
                    Arrays.fill(decay, i * w + dv, (i + 1) * w, 0f);
                }
                Decays.of(decay, 0, n * w);
            }
            case Gate.Key p -> {
                Floats.load(call.in().get(3).segment(), token * dk, decay, 0, n * dk);
                for (int i = 0; i < n * dk; i++) {
                    decay[i] = (float) Math.exp(decay[i]);
                }
            }
            case Gate.Delta d -> {
                Floats.load(call.in().get(3).segment(), token, beta, 0, n);
                if (d.decays()) {
                    scalars(call.in().get(4), token, n);
                }
            }
            default -> {}
        }
    }

    private void scalars(Tensor log, long token, int n) {
        for (int i = 0; i < n; i++) {
            Arrays.fill(decay, i * dk, (i + 1) * dk, (float) Math.exp(Floats.get(log.segment(), token + i)));
        }
    }

    /** States before each token of a span and behind the last, and what each token writes. */
    private void forward(float[] start, int n) {
        int size = dk * w;
        System.arraycopy(start, 0, states, 0, size);
        for (int x = 0; x < n; x++) {
            int i = local(x, n);
            int from = x * size;
            System.arraycopy(v, i * w, u, i * w, w);
            if (delta) {
                Arrays.fill(du, 0f);
                for (int r = 0; r < dk; r++) {
                    RowLoops.axpy(k[i * dk + r] * decay[i * dk + r], states, from + r * w, du, 0, w);
                }
                for (int c = 0; c < w; c++) {
                    errors[i * w + c] = v[i * w + c] - du[c];
                    u[i * w + c] = beta[i] * errors[i * w + c];
                }
            }
            for (int r = 0; r < dk; r++) {
                int at = from + r * w;
                System.arraycopy(states, at, states, at + size, w);
                if (columns) {
                    row.decay(states, at + size, decay, i * w, w);
                } else {
                    RowLoops.scale(states, at + size, w, decay[i * dk + r]);
                }
                RowLoops.axpy(k[i * dk + r], u, i * w, states, at + size, w);
            }
        }
    }

    private void token(int x, int i) {
        boolean before = op.diagonal() == Diagonal.BEFORE;
        float share = (float) op.diagonal().share();
        float own = share == 0 ? 0 : share * (float) RowLoops.dot(q, i * dk, k, i * dk, dk);
        float uo = share == 0 ? 0 : share * (float) RowLoops.dot(u, i * w, out, i * w, w);
        Arrays.fill(du, 0f);
        RowLoops.axpy(own, out, i * w, du, 0, w);
        for (int r = 0; r < dk; r++) {
            RowLoops.axpy(k[i * dk + r], g, r * w, du, 0, w);
        }
        values(i);
        if (columns) {
            columns(x, i, before, uo);
            return;
        }
        for (int r = 0; r < dk; r++) {
            int at = i * dk + r;
            float a = decay[at];
            float qr = q[at];
            int state = (x * dk + r) * w;
            // nothing but the delta rule reads the state by its keys: no NaN of theirs may pass
            float read = delta ? k[at] : 0;
            row.step(g, states, state, r * w, w, a, before ? 0 : qr, before ? qr : 0, read, u, out, dr, i * w);
            dkeys[at] = row.gu + uo * qr + (delta ? a * row.sr : 0);
            dq[at] = (float) op.scale() * ((before ? 1 : a) * row.so + uo * k[at]);
            logs[at] = a * row.ks;
        }
    }

    /** The state's part of a token that decays by column. */
    private void columns(int x, int i, boolean before, float uo) {
        Arrays.fill(logs, i * w, (i + 1) * w, 0f);
        for (int r = 0; r < dk; r++) {
            int at = i * dk + r;
            int state = (x * dk + r) * w;
            row.columns(g, r * w, states, state, w, decay, u, out, i * w, before, q[at], logs);
            dkeys[at] = row.gu + uo * q[at];
            dq[at] = (float) op.scale() * (row.so + uo * k[at]);
        }
    }

    /** Gradients of v and beta from du, and the cotangent of what the delta rule reads. */
    private void values(int i) {
        if (!delta) {
            System.arraycopy(du, 0, v, i * w, w);
            return;
        }
        betas[i] = (float) RowLoops.dot(du, 0, errors, i * w, w);
        for (int c = 0; c < w; c++) {
            dr[c] = -beta[i] * du[c];
            v[i * w + c] = -dr[c];
        }
    }

    private void store(int s, int n) {
        int from = first(s, n);
        add(dq, call.grads().get(0), (keyHead * t + from) * dk, n * dk);
        add(dkeys, call.grads().get(1), (keyHead * t + from) * dk, n * dk);
        long token = (long) head * t + from;
        for (int i = 0; i < n; i++) {
            Floats.store(v, i * w, call.grads().get(2).segment(), (token + i) * dv, dv);
        }
        switch (op.gate()) {
            case Gate.PerHead p -> {
                for (int i = 0; i < n * dk; i++) {
                    perHead += logs[i];
                }
            }
            case Gate.Scalar p -> storeScalars(call.grads().get(3), token, n);
            case Gate.Value p -> {
                for (int i = 0; i < n; i++) {
                    Floats.store(logs, i * w, call.grads().get(3).segment(), (token + i) * dv, dv);
                }
            }
            case Gate.Key p -> Floats.store(logs, 0, call.grads().get(3).segment(), token * dk, n * dk);
            case Gate.Delta d -> {
                Floats.store(betas, 0, call.grads().get(3).segment(), token, n);
                if (d.decays()) {
                    storeScalars(call.grads().get(4), token, n);
                }
            }
            default -> {}
        }
    }

    private void add(float[] x, Tensor to, long at, int n) {
        if (first) {
            Floats.store(x, 0, to.segment(), at, n);
            return;
        }
        float[] sum = sums;
        Floats.load(to.segment(), at, sum, 0, n);
        RowLoops.axpy(1f, x, 0, sum, 0, n);
        Floats.store(sum, 0, to.segment(), at, n);
    }

    private void storeScalars(Tensor to, long token, int n) {
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int r = 0; r < dk; r++) {
                sum += logs[i * dk + r];
            }
            Floats.set(to.segment(), token + i, (float) sum);
        }
    }
}
