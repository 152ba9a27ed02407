package org.layerzoo.cpuvector.op.attend;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.layerzoo.core.op.attend.MergeLse;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;

/** The parts of a merge: rows o, log-sum-exps and, where weighted, log weights. */
record MergedRows(MemorySegment[] o, MemorySegment[] lse, MemorySegment[] weight) {
    static MergedRows of(MergeLse op, List<Tensor> in) {
        int step = step(op);
        MemorySegment[] o = new MemorySegment[op.parts()], lse = new MemorySegment[op.parts()];
        MemorySegment[] weight = new MemorySegment[op.weighted() ? op.parts() : 0];
        for (int s = 0; s < op.parts(); s++) {
            o[s] = in.get(s * step).segment();
            lse[s] = in.get(s * step + 1).segment();
            if (op.weighted()) {
                weight[s] = in.get(s * step + 2).segment();
            }
        }
        return new MergedRows(o, lse, weight);
    }

    /** Inputs of a part. */
    static int step(MergeLse op) {
        return op.weighted() ? 3 : 2;
    }

    void load(int part, long row, float[] to, int d) {
        Floats.load(o[part], row * d, to, 0, d);
    }

    private double log(int part, long row) {
        double l = Floats.get(lse[part], row);
        return weight.length > 0 ? l + Floats.get(weight[part], row) : l;
    }

    /** The parts' weights, 0 where all log-sum-exps are -inf. @return the row's log-sum-exp */
    double weigh(long row, double[] to) {
        double top = Double.NEGATIVE_INFINITY;
        for (int s = 0; s < o.length; s++) {
            top = Math.max(top, log(s, row));
        }
        double sum = 0;
        for (int s = 0; s < o.length; s++) {
            to[s] = top == Double.NEGATIVE_INFINITY ? 0 : Math.exp(log(s, row) - top);
            sum += to[s];
        }
        for (int s = 0; s < o.length; s++) {
            to[s] /= sum == 0 ? 1 : sum;
        }
        return sum == 0 ? Double.NEGATIVE_INFINITY : top + Math.log(sum);
    }
}
