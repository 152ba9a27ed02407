package org.layerzoo.core.op.longconv;

import static org.layerzoo.core.op.CaseTable.x;

import java.util.List;
import org.layerzoo.core.op.CaseTable;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.longconv.LongConv.Edge;

/** Shapes and ranges of long convolutions. */
public final class LongConvCases {
    private LongConvCases() {}

    public static List<OpCase> all() {
        CaseTable t = new CaseTable();
        for (int n : new int[] {1, 7, 13}) {
            t.small("causal " + n, new LongConv(0, Edge.ZERO, false, true), x(2, 3, n), x(3, n), x(3));
            t.small("circular " + n, new LongConv(n / 2, Edge.CIRCULAR, false, false), x(2, 3, n), x(3, n));
        }
        t.small("two-sided, a kernel a sample", new LongConv(4, Edge.ZERO, true, false), x(2, 3, 7), x(2, 3, 9));
        t.large("causal 1000", new LongConv(0, Edge.ZERO, false, false), x(1, 3, 1000), x(3, 1000));
        t.large("circular 997", new LongConv(0, Edge.CIRCULAR, false, false), x(1, 2, 997), x(2, 65));
        return t.all();
    }
}
