package org.layerzoo.cpuvector;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Diagonal;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.op.recur.RecurCases;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Matrix-state recurrences as the tests of their kernels call them. */
final class RecurCalls {
    private RecurCalls() {}

    /** B, heads of keys and of values, T, dk, dv. */
    record Size(int b, int keyHeads, int heads, int t, int dk, int dv) {
        /** As many heads of keys as of values. */
        Size(int b, int heads, int t, int dk, int dv) {
            this(b, heads, heads, t, dk, dv);
        }
    }

    static List<Gate> gates() {
        return RecurCases.gates();
    }

    /** From a state, at a scale of a half. */
    static Recur op(Gate g, Diagonal d, boolean reverse, Algorithm a) {
        return new Recur(g, d, reverse, 0.5, a, true, 0);
    }

    private static Tensor random(SplittableRandom r, double lo, double hi, int... dims) {
        long n = Tensor.zeros(DType.F32, dims).size();
        return Tensor.of(DType.F32, r.doubles(n, lo, hi).toArray(), dims);
    }

    /** q, k, v, gate and state; log decays between {@code lo} and {@code hi}; keys of length 1 or so. */
    static List<Tensor> inputs(Gate g, Size s, double lo, double hi) {
        SplittableRandom r = new SplittableRandom(23);
        double k = 1.7 / Math.sqrt(s.dk);
        List<Tensor> in = new ArrayList<>(List.of(
                random(r, -1, 1, s.b, s.keyHeads, s.t, s.dk),
                random(r, -k, k, s.b, s.keyHeads, s.t, s.dk),
                random(r, -1, 1, s.b, s.heads, s.t, s.dv)));
        switch (g) {
            case Gate.None n -> {}
            case Gate.PerHead n -> in.add(random(r, lo, hi, s.heads));
            case Gate.Scalar n -> in.add(random(r, lo, hi, s.b, s.heads, s.t));
            case Gate.Key n -> in.add(random(r, lo, hi, s.b, s.heads, s.t, s.dk));
            case Gate.Value n -> in.add(random(r, lo, hi, s.b, s.heads, s.t, s.dv));
            case Gate.Delta d -> {
                in.add(random(r, 0, 1, s.b, s.heads, s.t));
                if (d.decays()) {
                    in.add(random(r, lo, hi, s.b, s.heads, s.t));
                }
            }
        }
        in.add(random(r, -1, 1, s.b, s.heads, s.dk, s.dv));
        return in;
    }
}
