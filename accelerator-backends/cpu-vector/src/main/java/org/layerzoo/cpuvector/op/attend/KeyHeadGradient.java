package org.layerzoo.cpuvector.op.attend;

import java.util.List;
import org.layerzoo.core.tensor.Tensor;

/** Gradients of keys start .. end-1 of one key head, and what they give to the rows that read it. */
record KeyHeadGradient(
        KeySection section,
        List<BiasSum> biases,
        int sample,
        int keyHead,
        float scale,
        int start,
        int end,
        GradientDesk desk) {
    private static final int ROWS = Lanes.PANEL;
    private static final int KEYS = RowPanel.KEYS;

    static KeyHeadGradient of(
            KeySection section, List<BiasSum> biases, int sample, int keyHead, float scale, int start, int end) {
        GradientDesk desk = GradientDesk.of(section.k().dim(3), section.v().dim(3), start, end - start);
        return new KeyHeadGradient(section, biases, sample, keyHead, scale, start, end, desk);
    }

    /** Adds what one query head contributes and writes its dq. */
    void head(int head, AttendGradientKernel.Rows rows, Tensor dq) {
        int tq = rows.q().dim(2);
        int panels = (tq + ROWS - 1) / ROWS;
        long base = ((long) sample * rows.q().dim(1) + head) * tq;
        for (int at = 0; at < panels; at += GradientDesk.GROUP) {
            int n = Math.min(GradientDesk.GROUP, panels - at);
            for (int p = 0; p < n; p++) {
                int i = (at + p) * ROWS;
                desk.panels[p].start(rows, base, i, Math.min(ROWS, tq - i), scale, desk.rows, desk.lanes);
            }
            group(head, at, n, tq);
            for (int p = 0; p < n; p++) {
                desk.panels[p].finish(dq, base, scale, desk.rows);
            }
        }
    }

    private void group(int head, int at, int panels, int tq) {
        int first = Integer.MAX_VALUE;
        int last = 0;
        for (int p = 0; p < panels; p++) {
            RowSight sight = desk.panels[p].look(section, sample);
            first = Math.min(first, sight.first());
            last = Math.max(last, sight.last());
        }
        int stop = Math.min(end, last);
        int begin = first >= stop ? stop : Math.max(start, first / KEYS * KEYS);
        for (int j = begin; j < stop; j += KEYS) {
            int n = Math.min(KEYS, stop - j);
            if (!section.touches(sample, head, at * ROWS, Math.min(panels * ROWS, tq - at * ROWS), j, n)) {
                continue;
            }
            desk.block(section, row(j), n);
            for (int p = 0; p < panels; p++) {
                desk.panels[p].absorb(section, sample, head, desk, biases, j, n);
            }
        }
    }

    /** Writes the gradients of the keys and values. */
    void store(Tensor dk, Tensor dv) {
        desk.store(dk, dv, row(start));
    }

    private long row(int key) {
        return ((long) sample * section.k().dim(1) + keyHead) * section.k().dim(2) + key;
    }
}
