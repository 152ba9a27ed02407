package org.layerzoo.core.op.neighbourhood;

import static org.layerzoo.core.op.CaseTable.x;

import java.util.List;
import org.layerzoo.core.op.CaseTable;
import org.layerzoo.core.op.OpCase;

/** Shapes and ranges of neighbourhood attention. */
public final class NeighbourhoodCases {
    private NeighbourhoodCases() {}

    public static List<OpCase> all() {
        CaseTable t = new CaseTable();
        Axis three = new Axis(3, 1, false);
        Axis dilated = new Axis(3, 2, false);
        Axis causal = new Axis(3, 1, true);
        for (Border b : Border.values()) {
            t.small(
                    "1d, " + b,
                    new Neighbourhood(List.of(dilated), b, 0.5, true),
                    x(1, 2, 7, 4),
                    x(1, 2, 7, 4),
                    x(1, 2, 7, 3),
                    x(2, 5));
            t.small(
                    "2d, " + b,
                    new Neighbourhood(List.of(three, dilated), b, 0.5, true),
                    x(1, 1, 4, 7, 3),
                    x(1, 1, 4, 7, 3),
                    x(1, 1, 4, 7, 2),
                    x(1, 5, 5));
            t.small(
                    "causal, " + b,
                    new Neighbourhood(List.of(causal, three), b, 1, false),
                    x(1, 1, 3, 4, 2),
                    x(1, 1, 3, 4, 2),
                    x(1, 1, 3, 4, 2));
        }
        more(t, three, causal);
        return t.all();
    }

    private static void more(CaseTable t, Axis three, Axis causal) {
        t.small(
                "3d",
                new Neighbourhood(List.of(causal, new Axis(2, 1, false), three), Border.SHIFT, 1, false),
                x(1, 1, 2, 2, 3, 2),
                x(1, 1, 2, 2, 3, 2),
                x(1, 1, 2, 2, 3, 2));
        Axis seven = new Axis(7, 2, false);
        t.large(
                "17 x 19, kernel 7, dilation 2",
                new Neighbourhood(List.of(seven, seven), Border.SHIFT, 0.25, true),
                x(1, 2, 17, 19, 16),
                x(1, 2, 17, 19, 16),
                x(1, 2, 17, 19, 16),
                x(2, 13, 13));
    }
}
