package org.layerzoo.cpuvector.op.attend;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;
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
        Optional<MemorySegment> lse,
        Optional<ClipWeights> clip) {
    /** Panels of a task: a block of keys is copied once for all of them. */
    private static final int GROUP = 16;

    private static final int TASKS_A_THREAD = 8;

    /** Tasks that a call has at least if its keys are many. */
    private static final int TASKS = 16;

    private static final int FEWEST_KEYS = 1024;

    private static final Scratch PARTS = new Scratch();

    /** @param lse empty where the normaliser has none */
    static ForwardPass of(Attend op, List<Tensor> in, Tensor o, Optional<Tensor> lse) {
        Inputs it = new Inputs(in);
        Tensor q = it.next();
        List<KeySection> sections = KeySection.all(op, q, it);
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
                lse.map(Tensor::segment),
                Optional.empty());
    }

    /** The sweep behind this one, which reads the log-sum-exps that this one has written. */
    ForwardPass clipped(ClipWeights weights) {
        return new ForwardPass(
                scale, sections, keyHead, batch, heads, keyHeads, tq, d, dv, q, o, lse, Optional.of(weights));
    }

    void run() {
        int together = together();
        int rows = tq * together;
        int panels = (rows + RowPanel.ROWS - 1) / RowPanel.ROWS;
        int all = batch * heads / together;
        int keys = sections.stream().mapToInt(s -> s.k().dim(2)).sum();
        long cost = (long) rows * all * keys * (d + dv);
        int spans = spans(panels, all, keys);
        if (spans > 1) {
            split(together, all, spans, cost);
            return;
        }
        int group = Math.clamp((long) panels * all / (TASKS_A_THREAD * Workers.threads()), 1, GROUP);
        int groups = (panels + group - 1) / group;
        // the last rows of a head first: under a causal mask they cost the most, and threads end together
        Workers.run(groups * all, cost, t -> {
            int first = t / groups * together;
            int at = (groups - 1 - t % groups) * group;
            Desk desk = Desk.of(d, dv);
            int n = start(desk, first, rows, at, Math.min(group, panels - at));
            for (KeySection s : sections) {
                section(s, first, desk, n, 0, s.k().dim(2));
            }
            for (int p = 0; p < n; p++) {
                finish(desk.panels[p], (long) first * tq, desk);
            }
        });
    }

    /** Heads whose rows share a panel: where they are few, all that read a key head. */
    private int together() {
        int n = heads / keyHeads;
        boolean grouped = n * keyHeads == heads;
        for (int h = 0; grouped && h < heads; h++) {
            grouped = keyHead[h] == h / n;
        }
        return grouped && 2 * tq <= RowPanel.ROWS ? n : 1;
    }

    /** Parts that keys are cut into, so that threads have work where rows are few; the problem's sizes alone decide. */
    private int spans(int panels, int all, int keys) {
        boolean few = sections.size() == 1 && panels == 1 && all < TASKS;
        return few ? Math.clamp((TASKS + all - 1) / Math.max(1, all), 1, Math.max(1, keys / FEWEST_KEYS)) : 1;
    }

    /** One panel a head (or group of heads), its keys in parts that are merged in their order. */
    private void split(int together, int all, int spans, long cost) {
        KeySection s = sections.getFirst();
        int keys = s.k().dim(2);
        int span = ((keys + spans - 1) / spans + RowPanel.KEYS - 1) / RowPanel.KEYS * RowPanel.KEYS;
        int room = RowPanel.gathered(dv);
        float[] parts = PARTS.floats(all * spans * room);
        Workers.run(all * spans, cost, t -> {
            Desk desk = Desk.of(d, dv);
            start(desk, t / spans * together, tq * together, 0, 1);
            int from = t % spans * span;
            section(s, t / spans * together, desk, 1, from, Math.min(keys, from + span));
            desk.panels[0].save(parts, t * room);
        });
        Workers.run(all, (long) all * spans * room, t -> {
            Desk desk = Desk.of(d, dv);
            start(desk, t * together, tq * together, 0, 1);
            for (int x = 0; x < spans; x++) {
                desk.panels[0].merge(parts, (t * spans + x) * room);
            }
            finish(desk.panels[0], (long) t * together * tq, desk);
        });
    }

    /** Gives n panels from {@code at} on their rows. @param first head, counted over all samples */
    private int start(Desk desk, int first, int rows, int at, int n) {
        for (int p = 0; p < n; p++) {
            int i = (at + p) * RowPanel.ROWS;
            int count = Math.min(RowPanel.ROWS, rows - i);
            desk.panels[p].start(q, (long) first * tq, first % heads, tq, i, count, scale, desk.rows);
            if (clip.isPresent()) {
                desk.panels[p].clip(clip.get(), lse.orElseThrow(), (long) first * tq);
            }
        }
        return n;
    }

    private void finish(RowPanel panel, long base, Desk desk) {
        if (lse.isPresent() && clip.isEmpty()) {
            panel.finish(o, lse.get(), base, desk.rows);
        } else {
            panel.finish(o, base, desk.rows);
        }
    }

    /** Lets keys from .. end-1 pass by. */
    private void section(KeySection s, int index, Desk desk, int panels, int from, int end) {
        int sample = index / heads;
        int first = Integer.MAX_VALUE;
        int last = 0;
        for (int p = 0; p < panels; p++) {
            RowSight sight = desk.panels[p].look(s, sample);
            first = Math.min(first, sight.first());
            last = Math.max(last, sight.last());
        }
        long keys = ((long) sample * keyHeads + keyHead[index % heads]) * s.k().dim(2);
        int stop = Math.min(last, end);
        int start = first >= stop ? stop : Math.max(from, first / RowPanel.KEYS * RowPanel.KEYS);
        for (int j = start; j < stop; j += RowPanel.KEYS) {
            int n = Math.min(RowPanel.KEYS, stop - j);
            boolean touched = false;
            for (int p = 0; p < panels && !touched; p++) {
                touched = desk.panels[p].touches(s, sample, j, n);
            }
            if (!touched) {
                continue;
            }
            desk.keys(s, keys + j, n);
            for (int p = 0; p < panels; p++) {
                desk.panels[p].absorb(s, sample, desk.k, desk.v, j, n, desk.s);
            }
        }
    }

    /** What a thread works with, kept between calls: one array, and the places in it. */
    private static final class Desk {
        private static final ThreadLocal<Desk> MINE = ThreadLocal.withInitial(() -> new Desk(1, 1, new float[0]));

        private final int d;
        private final int dv;
        private final float[] m;
        private final RowPanel[] panels = new RowPanel[GROUP];
        private final int k;
        private final int v;
        private final int s;
        private final int rows;

        /** @param old an array that is taken over where it is long enough */
        private Desk(int d, int dv, float[] old) {
            this.d = d;
            this.dv = dv;
            int panel = RowPanel.room(d, dv);
            s = CacheLines.FIRST + GROUP * panel;
            k = s + Lanes.padded(RowPanel.KEYS) * RowPanel.ROWS;
            v = k + CacheLines.roundUp((RowPanel.KEYS + Lanes.padded(1)) * d);
            rows = v + RowPanel.KEYS * Lanes.strips(dv) * Lanes.STRIP + CacheLines.STEP;
            int end = rows + RowPanel.ROWS * Math.max(d, dv);
            m = old.length < end ? CacheLines.allocate(end) : old;
            Arrays.setAll(panels, p -> new RowPanel(d, dv, m, CacheLines.FIRST + p * panel));
        }

        /** The calling thread's. */
        static Desk of(int d, int dv) {
            Desk desk = MINE.get();
            if (desk.d != d || desk.dv != dv) {
                desk = new Desk(d, dv, desk.m);
                MINE.set(desk);
            }
            return desk;
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
