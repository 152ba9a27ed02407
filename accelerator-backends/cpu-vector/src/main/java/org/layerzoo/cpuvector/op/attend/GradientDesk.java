package org.layerzoo.cpuvector.op.attend;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Width;

/** What a thread works with in the backward pass, kept between calls: panels, a block of keys and values, and sums for a range of keys. */
final class GradientDesk {
    /** Panels that share a block of keys. */
    static final int GROUP = 8;

    private static final int KEYS = RowPanel.KEYS;
    private static final int ROWS = Lanes.PANEL;
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final ThreadLocal<GradientDesk> MINE =
            ThreadLocal.withInitial(() -> new GradientDesk(1, 1, new float[0]));

    final GradientPanel[] panels = new GradientPanel[GROUP];
    /** Keys and values as they are, and keys in strips. */
    final int k;

    final int v;
    final int kStrips;
    /** Scores [KEYS, ROWS], their gradients, and the product that is to be added. */
    final int s;

    final int ds;
    final int product;
    /** Derivatives of weights, and soft-capped scores, where there are any. */
    final int slopes;

    final int capped;
    /** Rows of a panel, and the same as lanes. */
    final int rows;

    final int lanes;
    private final int d;
    private final int dv;
    private final float[] m;
    private float[] sums = new float[0];
    private int start;
    private int count;
    private int values;

    /** @param old an array that is taken over where it is long enough */
    private GradientDesk(int d, int dv, float[] old) {
        this.d = d;
        this.dv = dv;
        int room = GradientPanel.room(d, dv);
        int tile = Lanes.padded(KEYS) * ROWS;
        int wider = Math.max(d, dv) * ROWS;
        s = CacheLines.FIRST + GROUP * room;
        ds = s + tile;
        product = ds + tile;
        k = product + tile;
        v = k + CacheLines.roundUp((KEYS + Lanes.padded(1)) * d);
        int strips = v + CacheLines.roundUp((KEYS + Lanes.padded(1)) * dv);
        kStrips = d == Lanes.STRIP ? k : strips;
        rows = strips + (d == Lanes.STRIP ? 0 : KEYS * Lanes.strips(d) * Lanes.STRIP + CacheLines.STEP);
        lanes = rows + wider;
        slopes = CacheLines.roundUp(lanes + wider);
        capped = slopes + tile;
        int end = capped + tile;
        m = old.length < end ? CacheLines.allocate(end) : old;
        Arrays.setAll(panels, p -> new GradientPanel(d, dv, m, CacheLines.FIRST + p * room));
    }

    /** The calling thread's, for keys of d and values of dv channels, with sums of zero for {@code count} keys from {@code start} on. */
    static GradientDesk of(int d, int dv, int start, int count) {
        GradientDesk desk = MINE.get();
        if (desk.d != d || desk.dv != dv) {
            float[] sums = desk.sums;
            desk = new GradientDesk(d, dv, desk.m);
            desk.sums = sums;
            MINE.set(desk);
        }
        desk.start = start;
        desk.count = count;
        desk.values = CacheLines.FIRST + GradientPanel.wide(d) * count;
        int end = desk.values + GradientPanel.wide(dv) * count;
        if (desk.sums.length < end) {
            desk.sums = CacheLines.allocate(end);
        }
        Arrays.fill(desk.sums, 0, end, 0f);
        return desk;
    }

    /** Copies n keys and values, the first of them row {@code row} of the tensors. */
    void block(KeySection section, long row, int n) {
        MemorySegment keys = section.k().segment();
        Floats.load(keys, row * d, m, k, n * d);
        Floats.load(section.v().segment(), row * dv, m, v, n * dv);
        if (kStrips == k) {
            return;
        }
        for (int c = 0; c < d; c += Lanes.STRIP) {
            int width = Math.min(Lanes.STRIP, d - c);
            for (int i = 0; i < n; i++) {
                System.arraycopy(m, k + i * d + c, m, kStrips + c * KEYS + i * Lanes.STRIP, width);
            }
        }
    }

    /** Adds the product to the sums of keys begin .. begin+n-1, channels c .. c+PANEL-1. */
    void addKeys(int begin, int n, int c) {
        add(CacheLines.FIRST + c * count + (begin - start) * ROWS, n);
    }

    /** The same for values. */
    void addValues(int begin, int n, int c) {
        add(values + c * count + (begin - start) * ROWS, n);
    }

    private void add(int to, int n) {
        for (int x = 0; x < n * ROWS; x += L) {
            fromArray(S, sums, to + x).add(fromArray(S, m, product + x)).intoArray(sums, to + x);
        }
    }

    /** Writes the sums, the first of them to row {@code row} of the tensors. */
    void store(Tensor dk, Tensor dv, long row) {
        store(CacheLines.FIRST, dk, row, d);
        store(values, dv, row, this.dv);
    }

    private void store(int at, Tensor to, long row, int n) {
        for (int c = 0; c < n; c += ROWS) {
            int width = Math.min(ROWS, n - c);
            for (int i = 0; i < count; i++) {
                Floats.store(sums, at + c * count + i * ROWS, to.segment(), (row + i) * n + c, width);
            }
        }
    }
}
