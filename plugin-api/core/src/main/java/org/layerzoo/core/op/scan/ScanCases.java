package org.layerzoo.core.op.scan;

import static org.layerzoo.core.op.CaseTable.within;
import static org.layerzoo.core.op.CaseTable.x;

import java.util.List;
import org.layerzoo.core.op.CaseTable;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.OpCase.Input;
import org.layerzoo.core.op.scan.SelectiveScan.Discretisation;

/** Shapes and ranges of the scans. */
public final class ScanCases {
    private ScanCases() {}

    public static List<OpCase> all() {
        CaseTable t = new CaseTable();
        SelectiveScan full = new SelectiveScan(true, Discretisation.EULER, true, true, true, true, false, 3, 0);
        SelectiveScan back = new SelectiveScan(true, Discretisation.ZOH, true, true, true, true, true, 64, 0);
        t.small("all options, chunks of 3", full, full(2, 7, 4, 3, 1));
        t.small("zoh, reverse, two groups", back, full(1, 5, 4, 2, 2));
        SelectiveScan bare = new SelectiveScan(false, Discretisation.EULER, false, false, false, false, false, 64, 0);
        t.small(
                "bare",
                bare,
                x(1, 5, 3),
                within(0.1, 1, 1, 5, 3),
                within(-2, -0.5, 3, 2),
                x(1, 5, 1, 2),
                x(1, 5, 1, 2));
        SelectiveScan long64 = new SelectiveScan(true, Discretisation.EULER, true, true, true, true, false, 64, 0);
        for (int n : new int[] {1, 63, 64, 65, 200}) {
            t.large("T " + n, long64, full(1, n, 33, 16, 1));
        }
        proximal(t);
        t.small("axis 0", new ComplexScan(0, false), x(7, 3, 2), x(7, 3, 2), x(3, 2));
        t.small("axis 1, reverse", new ComplexScan(1, true), x(2, 5, 2), x(2, 5, 2), x(2, 2));
        t.large("T 65", new ComplexScan(1, false), within(-0.7, 0.7, 2, 65, 9, 2), x(2, 65, 9, 2), x(2, 9, 2));
        t.small("from nothing", new SoftmaxScan(false), within(-4, 4, 2, 7), x(2, 7, 3));
        t.small("from a state", new SoftmaxScan(true), within(-4, 4, 2, 7), x(2, 7, 3), x(2), x(2, 3));
        t.large("T 1000", new SoftmaxScan(false), within(-9, 9, 3, 1000), x(3, 1000, 7));
        return t.all();
    }

    private static void proximal(CaseTable t) {
        SelectiveScan near = new SelectiveScan(false, Discretisation.PROXIMAL, false, true, true, true, false, 3, 0);
        t.small(
                "proximal, two groups",
                near,
                x(2, 7, 4),
                within(0.02, 0.2, 2, 7, 4),
                within(-2, -0.5, 4, 2),
                x(2, 7, 2, 2),
                x(2, 7, 2, 2),
                x(4),
                x(2, 7, 4),
                x(2, 4, 2));
        SelectiveScan learner =
                new SelectiveScan(false, Discretisation.PROXIMAL, false, false, false, false, true, 64, 0);
        t.large(
                "proximal, reverse",
                learner,
                x(2, 65, 33),
                within(0.01, 0.1, 2, 65, 33),
                within(-1, -0.9, 33, 16),
                x(2, 65, 1, 16),
                x(2, 65, 1, 16));
    }

    private static Input[] full(int b, int t, int e, int n, int g) {
        return new Input[] {
            x(b, t, e),
            x(b, t, e),
            within(-2, -0.5, e, n),
            x(b, t, g, n),
            x(b, t, g, n),
            within(-3, -1, e),
            x(e),
            x(b, t, e),
            x(b, e, n)
        };
    }
}
