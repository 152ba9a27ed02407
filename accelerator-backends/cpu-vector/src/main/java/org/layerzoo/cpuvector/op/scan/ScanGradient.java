package org.layerzoo.cpuvector.op.scan;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.op.elementwise.UnaryLoops;

/** Gradients of one block: those of its own elements are written, those that other blocks share are left in arrays. */
final class ScanGradient {
    private static final int C = ScanBlock.C;
    private static final int SPAN = ScanBlock.SPAN;
    private static final int L = ScanSteps.L;

    /** The adjoint of a kind of step; parameters as of {@link ScanSteps#adjoint}. */
    @FunctionalInterface
    private interface Adjoint {
        void run(
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
                int lane);

        static Adjoint of(SelectiveScan.Discretisation d) {
            return switch (d) {
                case ZOH -> ScanSteps::holdAdjoint;
                case EULER -> ScanSteps::adjoint;
                case PROXIMAL ->
                    (a, gain, hs, before, dt, u, g, at, b, c, bAt, n, dh, da, db, dc, ddt, du, lane) ->
                            ProximalSteps.adjoint(
                                    a, hs, before, dt, u, g, at, b, c, bAt, n, dh, da, db, dc, ddt, du, lane);
            };
        }
    }

    /**
     * What other blocks or samples add to: gradients of A [N, C], of B and C [T, N], of the bias and of D.
     */
    record Sums(float[] da, float[] db, float[] dc, float[] dBias, float[] dSkip) {
        static Sums of(Loan loan, int tokens, int n) {
            return new Sums(
                    loan.zeros(n * C), loan.floats(tokens * n), loan.floats(tokens * n), loan.zeros(C), loan.zeros(C));
        }
    }

    private final Loan loan;
    private final ScanBlock block;
    private final Sums sums;
    private final List<Tensor> grads;
    private final int size;
    private final float[] dh;
    private final float[] states;
    private final float[] laneB;
    private final float[] laneC;
    private final float[] gain;
    private final float[] g;
    private final float[] ddt;
    private final float[] du;
    private final float[] sigmoid;
    private final float[] dz;
    private final Adjoint adjoint;

    ScanGradient(Loan loan, ScanBlock block, Sums sums, List<Tensor> grads) {
        this.loan = loan;
        this.block = block;
        this.sums = sums;
        this.grads = grads;
        size = block.n * C;
        dh = loan.zeros(size);
        states = loan.zeros((SPAN + 1) * size);
        laneB = loan.floats(block.n * L);
        laneC = loan.floats(block.n * L);
        gain = loan.floats(3 * block.n * L);
        g = loan.floats(SPAN * C);
        ddt = loan.zeros(SPAN * C);
        du = loan.zeros(SPAN * C);
        sigmoid = loan.floats(SPAN * C);
        dz = loan.floats(SPAN * C);
        adjoint = Adjoint.of(block.op.discretisation());
    }

    void run(Optional<Tensor> dy, Optional<Tensor> dLast) {
        int spans = (block.tokens + SPAN - 1) / SPAN;
        float[][] boundary = new float[spans][];
        float[] h = block.initial();
        for (int s = 0; s < spans; s++) {
            boundary[s] = loan.floats(size);
            System.arraycopy(h, 0, boundary[s], 0, size);
            int count = count(s);
            block.load(at(s), count);
            block.steps(h, false, count);
        }
        int channels = grads.getFirst().dim(2);
        dLast.ifPresent(d -> load(d, (long) block.sample * channels));
        for (int s = spans - 1; s >= 0; s--) {
            span(s, boundary[s], dy);
        }
        int initial = ScanBlock.Places.of(block.op).initial();
        if (initial >= 0) {
            block.storeState(dh, grads.get(initial).segment(), (long) block.sample * channels);
        }
    }

    /** The cotangent of the last state. */
    private void load(Tensor d, long row) {
        for (int e = 0; e < block.width; e++) {
            for (int i = 0; i < block.n; i++) {
                dh[i * C + e] = Floats.get(d.segment(), (row + block.channel + e) * block.n + i);
            }
        }
    }

    private int count(int span) {
        return Math.min(SPAN, block.tokens - span * SPAN);
    }

    /** First token of a span; spans are numbered in the direction of the scan. */
    private int at(int span) {
        return block.op.reverse() ? block.tokens - span * SPAN - count(span) : span * SPAN;
    }

    private int order(int t, int count) {
        return block.op.reverse() ? count - 1 - t : t;
    }

    private void span(int span, float[] start, Optional<Tensor> dy) {
        int count = count(span);
        int from = at(span);
        block.load(from, count);
        System.arraycopy(start, 0, states, 0, size);
        block.steps(states, true, count);
        Arrays.fill(g, 0f);
        dy.ifPresent(d -> block.rows(d, from, count, g));
        gate(from, count);
        for (int t = count - 1; t >= 0; t--) {
            token(order(t, count), t, from);
        }
        if (block.op.skip()) {
            for (int i = 0; i < count * C; i++) {
                sums.dSkip[i % C] += g[i] * block.u[i];
                du[i] += g[i] * block.skip[i % C];
            }
        }
        if (block.op.softplus()) {
            UnaryLoops.of(UnaryFn.SIGMOID).orElseThrow().apply(block.raw, count * C);
            for (int i = 0; i < count * C; i++) {
                ddt[i] *= block.raw[i];
            }
        }
        for (int i = 0; i < count * C; i++) {
            sums.dBias[i % C] += ddt[i];
        }
        block.storeRows(du, grads.get(0), from, count);
        block.storeRows(ddt, grads.get(1), from, count);
    }

    /** y = (C h + D u) silu(z): writes dz and leaves in g the gradient of the first factor. */
    private void gate(int from, int count) {
        Optional<float[]> open = block.gate(count);
        if (open.isEmpty()) {
            return;
        }
        block.addSkip(count);
        float[] silu = open.get();
        System.arraycopy(block.z, 0, sigmoid, 0, count * C);
        UnaryLoops.of(UnaryFn.SIGMOID).orElseThrow().apply(sigmoid, count * C);
        for (int i = 0; i < count * C; i++) {
            // silu' = sigmoid + silu (1 - sigmoid)
            dz[i] = g[i] * block.y[i] * (sigmoid[i] + silu[i] * (1 - sigmoid[i]));
            g[i] *= silu[i];
        }
        block.storeRows(dz, grads.get(ScanBlock.Places.of(block.op).gate()), from, count);
    }

    private void token(int row, int step, int from) {
        Arrays.fill(laneB, 0f);
        Arrays.fill(laneC, 0f);
        for (int lane = 0; lane < block.lanes; lane += L) {
            lanes(row, step, lane);
        }
        for (int i = 0; i < block.n; i++) {
            float b = 0;
            float c = 0;
            for (int l = 0; l < L; l++) {
                b += laneB[i * L + l];
                c += laneC[i * L + l];
            }
            sums.db[(from + row) * block.n + i] = b;
            sums.dc[(from + row) * block.n + i] = c;
        }
    }

    /** One vector of channels of a token. */
    private void lanes(int row, int step, int lane) {
        int at = row * C + lane;
        switch (block.op.discretisation()) {
            case ZOH -> ScanSteps.holds(block.a, block.dt, at, block.n, gain, lane);
            case EULER -> ScanSteps.gains(block.a, block.a2, block.limit, block.dt, at, block.n, gain, lane);
            case PROXIMAL -> {}
        }
        adjoint.run(
                block.a,
                gain,
                states,
                step * size,
                block.dt,
                block.u,
                g,
                at,
                block.b,
                block.c,
                row * block.n,
                block.n,
                dh,
                sums.da,
                laneB,
                laneC,
                ddt,
                du,
                lane);
    }
}
