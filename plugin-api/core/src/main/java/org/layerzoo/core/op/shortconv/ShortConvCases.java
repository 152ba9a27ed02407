package org.layerzoo.core.op.shortconv;

import static org.layerzoo.core.op.CaseTable.x;

import java.util.List;
import org.layerzoo.core.op.CaseTable;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.dense.Activation;

/** Shapes and ranges of short convolutions. */
public final class ShortConvCases {
    private ShortConvCases() {}

    public static List<OpCase> all() {
        CaseTable t = new CaseTable();
        t.small("width 1", new ShortConv(false, Activation.NONE, false, 0), x(2, 3, 5), x(5, 1));
        t.small(
                "fewer tokens than taps",
                new ShortConv(true, Activation.SILU, true, 0),
                x(2, 2, 3),
                x(3, 4),
                x(3),
                x(2, 3, 3));
        t.small("width 4", new ShortConv(true, Activation.SILU, false, 0), x(2, 7, 3), x(3, 4), x(3));
        for (int n : new int[] {1, 63, 64, 65, 1000}) {
            t.large("T " + n, new ShortConv(true, Activation.SILU, true, 0), x(1, n, 33), x(33, 4), x(33), x(1, 3, 33));
        }
        return t.all();
    }
}
