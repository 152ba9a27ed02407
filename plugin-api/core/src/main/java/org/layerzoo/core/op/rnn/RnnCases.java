package org.layerzoo.core.op.rnn;

import static org.layerzoo.core.op.CaseTable.flags;
import static org.layerzoo.core.op.CaseTable.x;

import java.util.List;
import org.layerzoo.core.op.CaseTable;
import org.layerzoo.core.op.OpCase;

/** Shapes and ranges of the recurrent cells. */
public final class RnnCases {
    private RnnCases() {}

    public static List<OpCase> all() {
        CaseTable t = new CaseTable();
        t.small("bare", new Lstm(false, false, false, false), x(2, 3, 4), x(12, 4), x(12, 3));
        t.small(
                "all, reverse",
                new Lstm(true, true, true, true),
                x(2, 4, 3),
                x(8, 3),
                x(8, 2),
                x(8),
                x(8),
                x(2, 2),
                x(2, 2),
                flags(2, 4));
        t.large(
                "T 65",
                new Lstm(true, true, false, false),
                x(3, 65, 13),
                x(28, 13),
                x(28, 7),
                x(28),
                x(28),
                x(3, 7),
                x(3, 7));
        t.small("bare", new Gru(false, false, false, false), x(2, 3, 4), x(9, 4), x(9, 3));
        t.small(
                "all, reverse",
                new Gru(true, true, true, true),
                x(2, 4, 3),
                x(6, 3),
                x(6, 2),
                x(6),
                x(6),
                x(2, 2),
                flags(2, 4));
        t.large("T 65", new Gru(true, true, false, false), x(3, 65, 13), x(21, 13), x(21, 7), x(21), x(21), x(3, 7));
        return t.all();
    }
}
