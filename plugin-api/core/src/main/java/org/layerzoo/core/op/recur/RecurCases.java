package org.layerzoo.core.op.recur;

import static org.layerzoo.core.op.CaseTable.within;
import static org.layerzoo.core.op.CaseTable.x;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.CaseTable;
import org.layerzoo.core.op.OpCase;

/** Shapes and ranges of matrix-state recurrences. */
public final class RecurCases {
    private RecurCases() {}

    /** Every kind of gate. */
    public static List<Gate> gates() {
        return List.of(
                new Gate.None(),
                new Gate.PerHead(),
                new Gate.Scalar(),
                new Gate.Key(),
                new Gate.Value(),
                new Gate.Delta(false),
                new Gate.Delta(true));
    }

    public static List<OpCase> all() {
        CaseTable t = new CaseTable();
        for (Gate g : gates()) {
            for (Diagonal d : Diagonal.values()) {
                t.small(
                        g + ", " + d,
                        new Recur(g, d, false, 0.7, new Algorithm.Chunked(3), true, 0),
                        inputs(g, 1, 2, 7, 3, 2));
            }
            t.small(
                    g + ", reverse, token by token",
                    new Recur(g, Diagonal.INCLUSIVE, true, 1, new Algorithm.Recurrent(), true, 0),
                    inputs(g, 2, 1, 5, 3, 2));
            for (int n : new int[] {1, 63, 64, 65, 200}) {
                t.large(
                        g + ", " + n,
                        new Recur(g, Diagonal.INCLUSIVE, false, 0.25, new Algorithm.Chunked(16), true, 0),
                        inputs(g, 1, 2, n, 16, 13));
            }
        }
        return t.all();
    }

    /** q, k, v, gate and state; keys short enough for the delta rule to contract. */
    static OpCase.Input[] inputs(Gate g, int b, int h, int t, int dk, int dv) {
        double k = 1 / Math.sqrt(dk);
        List<OpCase.Input> in = new ArrayList<>(List.of(x(b, h, t, dk), within(-k, k, b, h, t, dk), x(b, h, t, dv)));
        switch (g) {
            case Gate.None n -> {}
            case Gate.PerHead n -> in.add(within(-1, -0.01, h));
            case Gate.Scalar n -> in.add(within(-1, 0, b, h, t));
            case Gate.Key n -> in.add(within(-1, 0, b, h, t, dk));
            case Gate.Value n -> in.add(within(-1, 0, b, h, t, dv));
            case Gate.Delta d -> {
                in.add(within(0, 1, b, h, t));
                if (d.decays()) {
                    in.add(within(-1, 0, b, h, t));
                }
            }
        }
        in.add(x(b, h, dk, dv));
        return in.toArray(OpCase.Input[]::new);
    }
}
