package org.layerzoo.cpuvector.op.scan;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.op.elementwise.UnaryLoops;

/** Gradients of one block: those of its own elements are written, those that other blocks share are left in arrays. */
final class ScanGradient {
    private static final int C = ScanBlock.C;
    private static final int SPAN = ScanBlock.SPAN;
    private static final int L = ScanSteps.L;

    final ScanBlock block;
    final float[] da;
    final float[] db;
    final float[] dc;
    final float[] dBias = new float[C];
    final float[] dSkip = new float[C];
    private final List<Tensor> grads;
    private final int size;
    private final float[] dh;
    private final float[] states;
    private final float[] laneB;
    private final float[] laneC;
    private final float[] g = new float[SPAN * C];
    private final float[] ddt = new float[SPAN * C];
    private final float[] du = new float[SPAN * C];

    ScanGradient(ScanBlock block, List<Tensor> grads) {
        this.block = block;
        this.grads = grads;
        size = block.n * C;
        da = new float[size];
        db = new float[block.tokens * block.n];
        dc = new float[block.tokens * block.n];
        dh = new float[size];
        states = new float[(SPAN + 1) * size];
        laneB = new float[block.n * L];
        laneC = new float[block.n * L];
    }

    void run(Optional<Tensor> dy, Optional<Tensor> dLast) {
        int spans = (block.tokens + SPAN - 1) / SPAN;
        float[][] boundary = new float[spans][];
        float[] h = block.initial();
        for (int s = 0; s < spans; s++) {
            boundary[s] = h.clone();
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
            block.storeState(dh, 0, grads.get(initial).segment(), (long) block.sample * channels);
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
                dSkip[i % C] += g[i] * block.u[i];
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
            dBias[i % C] += ddt[i];
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
        float[] sigmoid = block.z.clone();
        UnaryLoops.of(UnaryFn.SIGMOID).orElseThrow().apply(sigmoid, count * C);
        float[] dz = new float[SPAN * C];
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
        for (int lane = 0; lane < C; lane += L) {
            ScanSteps.adjoint(
                    block.a,
                    states,
                    step * size,
                    block.dt,
                    block.u,
                    g,
                    row * C + lane,
                    block.b,
                    block.c,
                    row * block.n,
                    block.n,
                    dh,
                    da,
                    laneB,
                    laneC,
                    ddt,
                    du,
                    lane);
        }
        for (int i = 0; i < block.n; i++) {
            float b = 0;
            float c = 0;
            for (int l = 0; l < L; l++) {
                b += laneB[i * L + l];
                c += laneC[i * L + l];
            }
            db[(from + row) * block.n + i] = b;
            dc[(from + row) * block.n + i] = c;
        }
    }
}
