package org.layerzoo.cpuvector.op.norm;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/**
 * Gradients of norms of rows with a weight an element: dx = f (gw - mean gw) + f' sum(gw (x - mean)) (x - mean), gw = dy weight, with the
 * mean taken off only where the norm does. In double precision: for short rows nearly all of it cancels.
 *
 * @param weight of each element of a row; empty for none
 */
record RowNormAdjoint(RowNorm norm, float[] weight) {
    /** Most pieces of rows whose sums are joined; their number depends on the problem only. */
    private static final int PIECES = 16;

    private static final int FEWEST_ROWS = 64;

    /**
     * @param sums where gradients of the weight and of the bias are wanted: room for [2, n], else empty
     */
    void run(MemorySegment x, MemorySegment dy, long rows, Tensor dx, double[] sums) {
        int n = norm.n();
        int group = (int) Math.max(FEWEST_ROWS, (rows + PIECES - 1) / PIECES);
        boolean summed = sums.length > 0;
        try (Loan loan = Loan.open()) {
            int pieces = (int) ((rows + group - 1) / group);
            double[] parts = loan.doubles(summed ? pieces * 2 * n : 0);
            Workers.pieces(rows, group, 16L * n, (a, b) -> {
                int part = (int) (a / group) * 2 * n;
                piece(x, dy, a, b, dx.segment(), summed ? parts : sums, part);
            });
            for (int p = 0; p < pieces && summed; p++) {
                for (int i = 0; i < 2 * n; i++) {
                    sums[i] = p == 0 ? parts[i] : sums[i] + parts[p * 2 * n + i];
                }
            }
        }
    }

    private void piece(
            MemorySegment x, MemorySegment dy, long from, long end, MemorySegment dx, double[] sums, int part) {
        int n = norm.n();
        boolean summed = sums.length > 0;
        if (summed) {
            Arrays.fill(sums, part, part + 2 * n, 0);
        }
        try (Loan loan = Loan.open()) {
            float[] v = loan.floats(n);
            float[] g = loan.floats(n);
            double[] gw = loan.doubles(n);
            double[] lanes = loan.doubles(Width.LANES);
            double share = norm.average() ? n : 1;
            for (long r = from; r < end; r++) {
                Floats.load(x, r * n, v, 0, n);
                Floats.load(dy, r * n, g, 0, n);
                RowStatistics s = RowStatistics.of(v, 0, n, norm.centre(), share, norm.root(), norm.eps(), lanes);
                if (summed) {
                    DoubleRow.gather(v, g, 0, n, s.mean(), s.factor(), sums, part, part + n);
                }
                DoubleRow.widen(g, 0, weight, gw, n);
                double along = s.slope() * DoubleRow.products(v, 0, gw, n, s.mean(), lanes);
                double even = norm.centre() ? DoubleRow.sum(gw, n, lanes) / n : 0;
                DoubleRow.combine(v, 0, gw, n, s.mean(), even, s.factor(), along, g);
                Floats.store(g, 0, dx, r * n, n);
            }
        }
    }
}
