package org.layerzoo.cpuvector.op.attend;

import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** Which keys of a section the rows of a panel see. */
final class RowSight {
    private static final int ROWS = Lanes.PANEL;
    private static final int L = Width.LANES;
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, Width.FLOATS.vectorShape());

    private final int[] from = new int[ROWS];
    private final int[] to = new int[ROWS];
    private int first;
    private int last;
    /** Keys that all rows see. */
    private int allFrom;

    private int allTo;

    /** Rows i .. i+n-1, counted on through heads of tq rows; lanes behind them see nothing. */
    void look(KeySection section, int sample, int i, int n, int tq) {
        first = Integer.MAX_VALUE;
        last = 0;
        allFrom = 0;
        allTo = Integer.MAX_VALUE;
        for (int r = 0; r < ROWS; r++) {
            from[r] = r < n ? section.from(sample, (i + r) % tq) : 0;
            to[r] = r < n ? section.to(sample, (i + r) % tq) : 0;
            if (r < n) {
                allFrom = Math.max(allFrom, from[r]);
                allTo = Math.min(allTo, to[r]);
            }
            if (from[r] < to[r]) {
                first = Math.min(first, from[r]);
                last = Math.max(last, to[r]);
            }
        }
    }

    /** First key that any row sees; the largest integer where no row sees any. */
    int first() {
        return first;
    }

    /** Behind the last key that any row sees. */
    int last() {
        return last;
    }

    /** -inf where a row does not see one of the keys begin .. begin+count-1, whose scores [count, ROWS] lie from {@code s} on. */
    void hide(float[] m, int s, int begin, int count) {
        hide(m, s, begin, begin, Math.min(begin + count, allFrom));
        hide(m, s, begin, Math.max(begin, allTo), begin + count);
    }

    private void hide(float[] m, int s, int begin, int start, int end) {
        for (int j = start; j < end; j++) {
            for (int x = 0; x < ROWS; x += L) {
                VectorMask<Integer> before = IntVector.fromArray(I, from, x).compare(VectorOperators.GT, j);
                VectorMask<Integer> behind = IntVector.fromArray(I, to, x).compare(VectorOperators.LE, j);
                int at = s + (j - begin) * ROWS + x;
                fromArray(Width.FLOATS, m, at)
                        .blend(Float.NEGATIVE_INFINITY, before.or(behind).cast(Width.FLOATS))
                        .intoArray(m, at);
            }
        }
    }
}
