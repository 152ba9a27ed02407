package org.layerzoo.core.op.softmax;

import static org.layerzoo.core.op.CaseTable.flags;
import static org.layerzoo.core.op.CaseTable.within;
import static org.layerzoo.core.op.CaseTable.x;

import java.util.List;
import org.layerzoo.core.op.CaseTable;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.softmax.Softmax.EmptyRow;

/** Shapes and ranges of softmax. */
public final class SoftmaxCases {
    private SoftmaxCases() {}

    public static List<OpCase> all() {
        CaseTable t = new CaseTable();
        for (int n : new int[] {1, 7, 63, 64, 65}) {
            t.small("last axis of " + n, plain(1, false), within(-5, 5, 2, n));
        }
        t.large("last axis of 1000", plain(1, false), within(-5, 5, 13, 1000));
        t.small("first axis", plain(0, false), x(7, 3)).small("middle axis", plain(1, true), x(2, 7, 3));
        t.small("log of 65", plain(1, true), within(-5, 5, 3, 65))
                .large("log of 1000", plain(1, true), within(-9, 9, 5, 1000));
        for (EmptyRow e : EmptyRow.values()) {
            t.small("mask of a row, " + e, masked(1, false, e), x(5, 4), flags(5, 4));
            t.small("mask shared, " + e, masked(2, false, e), x(2, 3, 5), flags(3, 5));
        }
        t.add(
                "log, masked",
                masked(1, true, EmptyRow.UNIFORM),
                1e-5,
                false,
                "masked elements are -inf",
                x(7, 5),
                flags(7, 5));
        t.large("masked 1000", masked(1, false, EmptyRow.ZERO), within(-9, 9, 7, 1000), flags(1000));
        t.small("first axis", new SoftmaxGradient(0, false), within(0, 1, 7, 3), x(7, 3))
                .small("65", new SoftmaxGradient(1, false), within(0, 1, 3, 65), x(3, 65))
                .large("1000", new SoftmaxGradient(1, false), within(0, 1, 5, 1000), x(5, 1000));
        t.small("middle axis", new SoftmaxGradient(1, true), within(-5, 0, 2, 7, 3), x(2, 7, 3))
                .large("1000", new SoftmaxGradient(1, true), within(-9, 0, 5, 1000), x(5, 1000));
        return t.all();
    }

    private static Softmax plain(int axis, boolean log) {
        return new Softmax(axis, log, false, EmptyRow.ZERO);
    }

    private static Softmax masked(int axis, boolean log, EmptyRow e) {
        return new Softmax(axis, log, true, e);
    }
}
