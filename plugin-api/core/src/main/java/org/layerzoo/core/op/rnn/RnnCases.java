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
        lstm(t);
        lstmWithoutFirstState(t);
        gru(t);
        gruWithoutFirstState(t);
        return t.all();
    }

    private static void lstm(CaseTable t) {
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
    }

    /** Also in types whose states are wider than they are themselves. */
    private static void lstmWithoutFirstState(CaseTable t) {
        t.small(
                "biased, masked",
                new Lstm(true, false, true, false),
                x(3, 4, 2),
                x(12, 2),
                x(12, 3),
                x(12),
                x(12),
                flags(3, 4));
        t.large(
                "more units than 128",
                new Lstm(true, false, true, true),
                x(9, 3, 5),
                x(524, 5),
                x(524, 131),
                x(524),
                x(524),
                flags(9, 3));
    }

    private static void gru(CaseTable t) {
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
    }

    private static void gruWithoutFirstState(CaseTable t) {
        t.small(
                "biased, masked",
                new Gru(true, false, true, false),
                x(3, 4, 2),
                x(9, 2),
                x(9, 3),
                x(9),
                x(9),
                flags(3, 4));
        t.large(
                "more units than 128",
                new Gru(true, false, true, true),
                x(9, 3, 5),
                x(393, 5),
                x(393, 131),
                x(393),
                x(393),
                flags(9, 3));
    }
}
