package org.layerzoo.cpuvector.op.attend;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Workers;

/** All panels of a call of attention. A task has neighbouring panels of one head, which share each block of keys while it is near. */
record ForwardPass(
        float scale,
        List<KeySection> sections,
        int[] keyHead,
        int batch,
        int heads,
        int keyHeads,
        int tq,
        int d,
        int dv,
        MemorySegment q,
        MemorySegment o,
        MemorySegment lse) {
    /** Panels of a task: a block of keys is copied once for all of them. */
    private static final int GROUP = 16;

    private static final int TASKS_A_THREAD = 8;

    private static final ThreadLocal<Desk> DESK = ThreadLocal.withInitial(() -> new Desk(1, 1));

    static ForwardPass of(Attend op, List<Tensor> in, Tensor o, Tensor lse) {
        Iterator<Tensor> it = in.iterator();
        Tensor q = it.next();
        List<KeySection> sections = op.sections().stream()
                .map(s -> KeySection.of(s, op.softcap(), q, it))
                .toList();
        int keyHeads = sections.getFirst().k().dim(1);
        return new ForwardPass(
                (float) op.scale(),
                sections,
                op.heads().resolve(q.dim(1), keyHeads),
                q.dim(0),
                q.dim(1),
                keyHeads,
                q.dim(2),
                q.dim(3),
                o.dim(3),
                q.segment(),
                o.segment(),
                lse.segment());
    }

    void run() {
        int panels = (tq + RowPanel.ROWS - 1) / RowPanel.ROWS;
        int group = Math.clamp((long) panels * batch * heads / (TASKS_A_THREAD * Workers.threads()), 1, GROUP);
        int groups = (panels + group - 1) / group;
        int all = batch * heads;
        long pairs = sections.stream().mapToLong(s -> s.k().dim(2)).sum() * tq * all;
        // the last rows of a head first: under a causal mask they cost the most, and threads end together
        Workers.run(groups * all, pairs * (d + dv), t -> {
            int index = t / groups;
            task(index / heads, index % heads, (groups - 1 - t % groups) * group, group, panels);
        });
    }

    private void task(int sample, int head, int at, int group, int panels) {
        Desk desk = DESK.get();
        if (desk.d != d || desk.dv != dv) {
            desk = new Desk(d, dv);
            DESK.set(desk);
        }
        int n = Math.min(group, panels - at);
        long base = ((long) sample * heads + head) * tq;
        for (int p = 0; p < n; p++) {
            int i = (at + p) * RowPanel.ROWS;
            desk.panels[p].start(q, base, i, Math.min(RowPanel.ROWS, tq - i), scale, desk.rows);
        }
        for (KeySection s : sections) {
            section(s, sample, head, desk, at * RowPanel.ROWS, n);
        }
        for (int p = 0; p < n; p++) {
            desk.panels[p].finish(o, lse, base, desk.rows);
        }
    }

    private void section(KeySection s, int sample, int head, Desk desk, int row, int panels) {
        int first = Integer.MAX_VALUE;
        int last = 0;
        for (int p = 0; p < panels; p++) {
            RowSight sight = desk.panels[p].look(s, sample);
            first = Math.min(first, sight.first());
            last = Math.max(last, sight.last());
        }
        long keys = ((long) sample * keyHeads + keyHead[head]) * s.k().dim(2);
        int start = first == Integer.MAX_VALUE ? last : first / RowPanel.KEYS * RowPanel.KEYS;
        for (int j = start; j < last; j += RowPanel.KEYS) {
            int n = Math.min(RowPanel.KEYS, last - j);
            if (!s.touches(sample, head, row, Math.min(panels * RowPanel.ROWS, tq - row), j, n)) {
                continue;
            }
            desk.keys(s, keys + j, n);
            for (int p = 0; p < panels; p++) {
                desk.panels[p].absorb(s, sample, head, desk.k, desk.v, j, n, desk.s);
            }
        }
    }

    /** What a thread works with, kept between calls: one array, and the places in it. */
    private static final class Desk {
        private final int d;
        private final int dv;
        private final float[] m;
        private final RowPanel[] panels = new RowPanel[GROUP];
        private final int k;
        private final int v;
        private final int s;
        private final int rows;

        Desk(int d, int dv) {
            this.d = d;
            this.dv = dv;
            int panel = RowPanel.room(d, dv);
            s = CacheLines.FIRST + GROUP * panel;
            k = s + Lanes.padded(RowPanel.KEYS) * RowPanel.ROWS;
            v = k + CacheLines.roundUp((RowPanel.KEYS + Lanes.padded(1)) * d);
            rows = v + RowPanel.KEYS * Lanes.strips(dv) * Lanes.STRIP + CacheLines.STEP;
            m = CacheLines.allocate(rows + RowPanel.ROWS * Math.max(d, dv));
            Arrays.setAll(panels, p -> new RowPanel(d, dv, m, CacheLines.FIRST + p * panel));
        }

        /** Copies n keys from a row on. */
        void keys(KeySection section, long row, int n) {
            Floats.load(section.k().segment(), row * d, m, k, n * d);
            MemorySegment values = section.v().segment();
            if (dv == Lanes.STRIP) {
                Floats.load(values, row * dv, m, v, n * dv);
                return;
            }
            for (int c = 0; c < dv; c += Lanes.STRIP) {
                int width = Math.min(Lanes.STRIP, dv - c);
                for (int i = 0; i < n; i++) {
                    Floats.load(values, (row + i) * dv + c, m, v + c * RowPanel.KEYS + i * Lanes.STRIP, width);
                }
            }
        }
    }
}
