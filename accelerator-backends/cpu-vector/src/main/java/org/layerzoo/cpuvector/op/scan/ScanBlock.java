package org.layerzoo.cpuvector.op.scan;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.op.elementwise.UnaryLoops;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** The inputs of at most 128 channels of one sample and one group, read in spans of 32 tokens. */
final class ScanBlock {
    static final int SPAN = 32;
    static final int C = ScanSteps.CHANNELS;
    private static final float LOG2E = 1.44269504f;

    final SelectiveScan op;
    final int sample;
    final int channel;
    final int width;
    /** Channels up to the next whole vector. */
    final int lanes;

    final int tokens;
    final int n;
    final float[] a;
    final float[] a2;
    final float[] limit;
    final float[] u;
    /** delta + bias where softplus turns it into dt. */
    final float[] raw;

    final float[] dt;
    final float[] z;
    final float[] y;
    final float[] b;
    final float[] c;
    final float[] skip;
    private final float[] bias;
    private final float[] line;
    private final float[] open;
    private final IntFunction<float[]> zeros;
    private final List<Tensor> in;
    private final int channels;
    private final int groups;
    private final int group;

    /** Where the optional inputs stand. */
    record Places(int bias, int skip, int gate, int initial) {
        static Places of(SelectiveScan op) {
            int at = 5;
            int bias = op.deltaBias() ? at++ : -1;
            int skip = op.skip() ? at++ : -1;
            int gate = op.gate() ? at++ : -1;
            return new Places(bias, skip, gate, op.initial() ? at : -1);
        }
    }

    /** @param zeros where arrays come from, zero at first */
    ScanBlock(IntFunction<float[]> zeros, SelectiveScan op, List<Tensor> in, int sample, int channel, int width) {
        this.zeros = zeros;
        this.op = op;
        this.in = in;
        this.sample = sample;
        this.channel = channel;
        this.width = width;
        lanes = Width.roundUp(width);
        tokens = in.getFirst().dim(1);
        channels = in.getFirst().dim(2);
        n = in.get(2).dim(1);
        groups = in.get(3).dim(2);
        group = (int) ((long) channel * groups / channels);
        int span = Math.min(SPAN, tokens);
        u = zeros.apply(span * C);
        raw = zeros.apply(span * C);
        dt = zeros.apply(span * C);
        z = zeros.apply(span * C);
        y = zeros.apply(span * C);
        open = zeros.apply(span * C);
        skip = zeros.apply(C);
        bias = zeros.apply(C);
        line = zeros.apply(n);
        a = zeros.apply(n * C);
        b = zeros.apply(span * n);
        c = zeros.apply(span * n);
        turned(in.get(2).segment(), channel, a);
        idle();
        a2 = zeros.apply(n * C);
        limit = zeros.apply(C);
        limits();
        Places p = Places.of(op);
        if (p.bias >= 0) {
            Floats.load(in.get(p.bias).segment(), channel, bias, 0, width);
        }
        if (p.skip >= 0) {
            Floats.load(in.get(p.skip).segment(), channel, skip, 0, width);
        }
    }

    /** In the zero-order hold lanes without a channel divide by a, too, and their gradients of B are summed with those of the others. */
    private void idle() {
        for (int i = 0; op.discretisation() == SelectiveScan.Discretisation.ZOH && i < n; i++) {
            Arrays.fill(a, i * C + width, (i + 1) * C, -1f);
        }
    }

    /** 2^x is normal for |x| < 126. */
    private void limits() {
        for (int i = 0; i < n * C; i++) {
            a2[i] = a[i] * LOG2E;
            // the largest in size, or no number
            limit[i % C] = Math.max(limit[i % C], Math.abs(a2[i]));
        }
        for (int e = 0; e < C; e++) {
            limit[e] = 125.5f / limit[e];
        }
    }

    /** Blocks of one sample: no block crosses a group. */
    static int[][] blocks(int channels, int groups) {
        int per = channels / groups;
        int each = (per + C - 1) / C;
        int[][] out = new int[groups * each][];
        for (int i = 0; i < out.length; i++) {
            int at = i % each * C;
            out[i] = new int[] {i / each * per + at, Math.min(C, per - at)};
        }
        return out;
    }

    /** [E, N] from a row on -> [N, C]. */
    private void turned(MemorySegment s, long row, float[] out) {
        for (int e = 0; e < width; e++) {
            Floats.load(s, (row + e) * n, line, 0, n);
            for (int i = 0; i < n; i++) {
                out[i * C + e] = line[i];
            }
        }
    }

    /** The state that the sample begins with, [N, C]. */
    float[] initial() {
        float[] h = zeros.apply(n * C);
        Places p = Places.of(op);
        if (p.initial >= 0) {
            turned(in.get(p.initial).segment(), (long) sample * channels + channel, h);
        }
        return h;
    }

    /** Writes a state [N, C] to [.., E, N]. */
    void storeState(float[] h, MemorySegment to, long row) {
        storeState(h, n, width, line, to, row + channel);
    }

    /** The same for channels from one row on. @param line n floats to work in */
    static void storeState(float[] h, int n, int width, float[] line, MemorySegment to, long row) {
        for (int e = 0; e < width; e++) {
            for (int i = 0; i < n; i++) {
                line[i] = h[i * C + e];
            }
            Floats.store(line, 0, to, (row + e) * n, n);
        }
    }

    /** Reads the tokens from .. from + count - 1. */
    void load(int from, int count) {
        rows(in.get(0), from, count, u);
        rows(in.get(1), from, count, dt);
        if (op.deltaBias()) {
            for (int t = 0; t < count; t++) {
                RowLoops.axpy(1f, bias, 0, dt, t * C, lanes);
            }
        }
        if (op.softplus()) {
            System.arraycopy(dt, 0, raw, 0, count * C);
            UnaryLoops.of(UnaryFn.SOFTPLUS).orElseThrow().apply(dt, count * C);
        }
        Places p = Places.of(op);
        if (p.gate >= 0) {
            rows(in.get(p.gate), from, count, z);
        }
        for (int t = 0; t < count; t++) {
            long at = (((long) sample * tokens + from + t) * groups + group) * n;
            Floats.load(in.get(3).segment(), at, b, t * n, n);
            Floats.load(in.get(4).segment(), at, c, t * n, n);
        }
    }

    void rows(Tensor x, int from, int count, float[] out) {
        MemorySegment s = x.segment();
        for (int t = 0; t < count; t++) {
            Floats.load(s, ((long) sample * tokens + from + t) * channels + channel, out, t * C, width);
        }
    }

    void storeRows(float[] x, Tensor to, int from, int count) {
        MemorySegment s = to.segment();
        for (int t = 0; t < count; t++) {
            Floats.store(x, t * C, s, ((long) sample * tokens + from + t) * channels + channel, width);
        }
    }

    /**
     * The first {@code count} tokens of the span in the scan's direction: h and y_t = C_t h_t.
     *
     * @param h [N, C], or with {@code keep} [count + 1, N, C]: the state before each token and behind the last
     */
    void steps(float[] h, boolean keep, int count) {
        int move = keep ? n * C : 0;
        int first = op.reverse() ? count - 1 : 0;
        int turn = op.reverse() ? -1 : 1;
        for (int lane = 0; lane < lanes; lane += ScanSteps.L) {
            switch (op.discretisation()) {
                case EULER -> ScanSteps.span(a, a2, limit, h, move, dt, u, b, c, n, y, lane, first, turn, count);
                case PROXIMAL -> ProximalSteps.span(a, h, move, dt, u, b, c, n, y, lane, first, turn, count);
                case ZOH -> {
                    for (int t = 0; t < count; t++) {
                        int row = first + t * turn;
                        int from = t * move;
                        ScanSteps.hold(a, h, from, h, from + move, dt, u, row * C + lane, b, c, row * n, n, y, lane);
                    }
                }
            }
        }
    }

    /** y_t + D u_t. */
    void addSkip(int count) {
        if (op.skip()) {
            for (int i = 0; i < count * C; i++) {
                y[i] += skip[i % C] * u[i];
            }
        }
    }

    /** silu(z), where there is a gate. */
    Optional<float[]> gate(int count) {
        if (!op.gate()) {
            return Optional.empty();
        }
        System.arraycopy(z, 0, open, 0, count * C);
        UnaryLoops.of(UnaryFn.SILU).orElseThrow().apply(open, count * C);
        return Optional.of(open);
    }
}
