package org.layerzoo.cpuvector.op.attend;

import java.util.List;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Workers;

/** Sums of p dp over the keys of all sections, for weights that are clipped: o dO holds the clipped ones, so a sweep of its own sums. */
final class RowDeltas {
    private static final int ROWS = Lanes.PANEL;
    private static final int KEYS = RowPanel.KEYS;

    private final List<KeySection> sections;
    private final AttendGradientKernel.Rows rows;
    private final Tensor deltas;
    private final int[] keyHead;
    private final float scale;
    private final int tq;

    private RowDeltas(List<KeySection> sections, Attend a, AttendGradientKernel.Rows rows, Tensor deltas) {
        this.sections = sections;
        this.rows = rows;
        this.deltas = deltas;
        keyHead = a.heads().resolve(rows.q().dim(1), sections.getFirst().k().dim(1));
        scale = (float) a.scale();
        tq = rows.q().dim(2);
    }

    /** The rows with their sums where weights are clipped, else as they are. */
    static AttendGradientKernel.Rows of(List<KeySection> sections, Attend a, AttendGradientKernel.Rows rows) {
        if (rows.clip().isEmpty()) {
            return rows;
        }
        Tensor q = rows.q();
        Tensor deltas = Tensor.zeros(DType.F32, q.dim(0), q.dim(1), q.dim(2));
        rows.dLse().ifPresent(t -> negate(t, deltas));
        RowDeltas all = new RowDeltas(sections, a, rows.with(deltas), deltas);
        int groups = (q.dim(2) + GradientDesk.GROUP * ROWS - 1) / (GradientDesk.GROUP * ROWS);
        Workers.run(q.dim(0) * q.dim(1) * groups, Long.MAX_VALUE, t -> all.group(t / groups, t % groups));
        return rows.with(deltas);
    }

    private static void negate(Tensor x, Tensor y) {
        for (long i = 0; i < x.size(); i++) {
            Floats.set(y.segment(), i, -Floats.get(x.segment(), i));
        }
    }

    private void group(int index, int at) {
        GradientDesk desk = GradientDesk.of(rows.q().dim(3), rows.o().dim(3), 0, 0);
        int first = at * GradientDesk.GROUP * ROWS;
        int panels = Math.min(GradientDesk.GROUP, (tq - first + ROWS - 1) / ROWS);
        long base = (long) index * tq;
        for (int p = 0; p < panels; p++) {
            int i = first + p * ROWS;
            desk.panels[p].start(rows, base, i, Math.min(ROWS, tq - i), scale, desk.rows, desk.lanes);
        }
        for (KeySection s : sections) {
            section(s, index, desk, panels);
        }
        for (int p = 0; p < panels; p++) {
            desk.panels[p].store(deltas, base);
        }
    }

    private void section(KeySection s, int index, GradientDesk desk, int panels) {
        int heads = rows.q().dim(1);
        int sample = index / heads;
        int last = 0;
        for (int p = 0; p < panels; p++) {
            last = Math.max(last, desk.panels[p].look(s, sample).last());
        }
        long keys = ((long) sample * s.k().dim(1) + keyHead[index % heads]) * s.k().dim(2);
        for (int j = 0; j < last; j += KEYS) {
            int n = Math.min(KEYS, last - j);
            desk.block(s, keys + j, n);
            for (int p = 0; p < panels; p++) {
                desk.panels[p].gather(s, sample, index % heads, desk, j, n);
            }
        }
    }
}
