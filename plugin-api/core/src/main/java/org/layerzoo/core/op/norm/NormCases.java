package org.layerzoo.core.op.norm;

import static org.layerzoo.core.op.CaseTable.flags;
import static org.layerzoo.core.op.CaseTable.within;
import static org.layerzoo.core.op.CaseTable.x;

import java.util.List;
import org.layerzoo.core.op.CaseTable;
import org.layerzoo.core.op.OpCase;

/** Shapes and ranges of the norms. */
public final class NormCases {
    private NormCases() {}

    public static List<OpCase> all() {
        CaseTable t = new CaseTable();
        rows(t);
        channels(t);
        return t.all();
    }

    private static void rows(CaseTable t) {
        for (int n : new int[] {1, 7, 64, 65}) {
            t.small("rows of " + n, new RmsNorm(1e-5, Root.INSIDE, true), x(3, n), x(n));
        }
        t.small("outside the root", new RmsNorm(1e-3, Root.OUTSIDE, false), x(2, 3, 7));
        t.large("rows of 1000", new RmsNorm(1e-5, Root.INSIDE, true), x(33, 1000), x(1000));
        t.small("plain", new LayerNorm(1, 1e-5, Root.INSIDE, false, false), x(3, 13));
        t.small("weight", new LayerNorm(1, 1e-5, Root.INSIDE, true, false), x(3, 13), x(13));
        t.small("weight and bias", new LayerNorm(1, 1e-5, Root.INSIDE, true, true), x(2, 3, 65), x(65), x(65));
        t.small(
                "two axes, eps outside",
                new LayerNorm(2, 1e-3, Root.OUTSIDE, true, true),
                x(2, 3, 7),
                x(3, 7),
                x(3, 7));
        t.large("rows of 1000", new LayerNorm(1, 1e-5, Root.INSIDE, true, true), x(33, 1000), x(1000), x(1000));
        for (Root r : Root.values()) {
            t.small("last axis, " + r, new L2Norm(1, 1e-2, r), x(3, 13));
        }
        t.small("first axis", new L2Norm(0, 1e-6, Root.INSIDE), x(7, 5))
                .large("rows of 1000", new L2Norm(1, 1e-6, Root.INSIDE), x(7, 1000));
    }

    private static void channels(CaseTable t) {
        t.small("2 groups", new GroupNorm(2, 1e-5, true), x(2, 6, 5), x(6), x(6));
        t.small("instance", new GroupNorm(3, 1e-5, false), x(2, 3, 4, 5))
                .large("1000 positions", new GroupNorm(4, 1e-5, true), x(2, 8, 1000), x(8), x(8));
        t.small("plain", new BatchNorm(1e-5, false, false), x(7, 3));
        t.small("affine, 2d", new BatchNorm(1e-5, true, false), x(2, 3, 4, 5), x(3), x(3));
        t.small("masked", new BatchNorm(1e-5, true, true), x(3, 2, 7), x(2), x(2), flags(3, 7));
        t.large("1000 positions", new BatchNorm(1e-5, true, false), x(3, 7, 1000), x(7), x(7));
        t.small("affine", new BatchNormEval(1e-5, true), x(2, 3, 5), x(3), within(0.5, 2, 3), x(3), x(3));
        t.small("plain", new BatchNormEval(1e-5, false), x(2, 3), x(3), within(0.5, 2, 3));
        t.small("2d", new ResponseNorm(1e-6), x(2, 3, 4, 5), x(5), x(5))
                .large("31 x 33", new ResponseNorm(1e-6), x(1, 31, 33, 7), x(7), x(7));
    }
}
