package org.layerzoo.cpuvector.op.attend;

import java.util.Arrays;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;

/**
 * The gradient of one bias while it is summed: a slot of entries for each sample and head, or one for all where they would take too much
 * room. A slot is summed by one task, in order.
 */
record BiasSum(BiasTerm term, double[] sums, int batch, int heads, boolean perSample, boolean perHead) {
    /** Doubles up to which every sample and head gets a slot of its own. */
    private static final long MOST = 1 << 20;

    static BiasSum of(BiasTerm term, int batch, int heads, Loan loan) {
        boolean all = (long) batch * heads * term.size() <= MOST;
        boolean perSample = all || term.perSample();
        boolean perHead = all || term.perHead();
        int n = (perSample ? batch : 1) * (perHead ? heads : 1) * term.size();
        double[] sums = loan.doubles(n);
        Arrays.fill(sums, 0, n, 0);
        return new BiasSum(term, sums, batch, heads, perSample, perHead);
    }

    /** Adds the gradients of a tile of scores. @param ds of row 0; rows lie side by side, keys {@code step} apart */
    void add(int sample, int head, int i, int rows, int j, int n, float[] m, int ds, int step) {
        for (int r = 0; r < rows; r++) {
            term.entries().add(sample, i + r, j, n, m, ds + r, step, sums, slot(sample, head));
        }
    }

    private int slot(int sample, int head) {
        return ((perSample ? sample : 0) * (perHead ? heads : 1) + (perHead ? head : 0)) * term.size();
    }

    Tensor result() {
        Tensor out = Tensor.allocate(term.tensor().spec());
        int samples = term.perSample() ? batch : 1;
        int own = term.perHead() ? heads : 1;
        for (int b = 0; b < samples; b++) {
            for (int h = 0; h < own; h++) {
                for (int e = 0; e < term.size(); e++) {
                    Floats.set(out.segment(), (long) (b * own + h) * term.size() + e, (float) joined(b, h, e));
                }
            }
        }
        return out;
    }

    /** The sum of an entry over the slots of whoever shares it. */
    private double joined(int sample, int head, int entry) {
        double y = 0;
        for (int b = sample; b < (perSample && !term.perSample() ? batch : sample + 1); b++) {
            for (int h = head; h < (perHead && !term.perHead() ? heads : head + 1); h++) {
                y += sums[slot(b, h) + entry];
            }
        }
        return y;
    }
}
