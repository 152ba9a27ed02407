package org.layerzoo.core.op.loss;

import static org.layerzoo.core.op.CaseTable.ids;
import static org.layerzoo.core.op.CaseTable.within;
import static org.layerzoo.core.op.CaseTable.x;

import java.util.List;
import org.layerzoo.core.op.CaseTable;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.loss.CrossEntropy.Reduction;
import org.layerzoo.core.op.loss.CrossEntropy.Targets;

/** Shapes and ranges of the losses. */
public final class LossCases {
    private LossCases() {}

    public static List<OpCase> all() {
        CaseTable t = new CaseTable();
        for (Reduction r : Reduction.values()) {
            t.small("ids, " + r, new CrossEntropy(Targets.IDS, 2, 0.1, r), x(3, 4, 7), ids(0, 7, 3, 4));
            t.small("weights, " + r, new CrossEntropy(Targets.WEIGHTS, 0, 0, r), x(3, 5), within(0.1, 1, 3, 5));
        }
        t.large(
                "65 rows of 1000",
                new CrossEntropy(Targets.IDS, -100, 0, Reduction.MEAN),
                within(-9, 9, 65, 1000),
                ids(0, 1000, 65));
        t.small("T 7", new Ctc(0), within(-3, -0.1, 2, 7, 4), ids(1, 4, 2, 3), ids(7, 8, 2), ids(1, 4, 2));
        t.large("T 65", new Ctc(0), within(-3, -0.1, 2, 65, 9), ids(1, 9, 2, 13), ids(60, 66, 2), ids(1, 14, 2));
        t.small("T 5", new Crf(), x(2, 5, 3), x(3, 3), x(3), x(3), ids(0, 3, 2, 5), ids(1, 6, 2));
        t.large("T 65", new Crf(), x(2, 65, 7), x(7, 7), x(7), x(7), ids(0, 7, 2, 65), ids(1, 66, 2));
        return t.all();
    }
}
