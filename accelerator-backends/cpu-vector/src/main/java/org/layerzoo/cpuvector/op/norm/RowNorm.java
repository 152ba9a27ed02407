package org.layerzoo.cpuvector.op.norm;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/**
 * y = (x - mean) / root(spread) * weight + bias over contiguous rows, with spread a mean or a sum of squares.
 *
 * @param centre whether the mean is taken off
 * @param average whether squares are averaged, else summed
 * @param weights per row modulo its length, weights of that row's elements; likewise biases
 */
record RowNorm(
        int n,
        boolean centre,
        boolean average,
        Root root,
        double eps,
        Optional<float[][]> weights,
        Optional<float[][]> biases) {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int BLOCK = 4096;

    void run(MemorySegment x, long rows, MemorySegment y) {
        int group = Math.max(1, BLOCK / n);
        Workers.pieces(rows, group, 3L * n, (a, b) -> {
            int count = (int) (b - a);
            try (Loan loan = Loan.open()) {
                float[] v = loan.floats(count * n);
                Floats.load(x, a * n, v, 0, count * n);
                for (int r = 0; r < count; r++) {
                    row(v, r * n, a + r);
                }
                Floats.store(v, 0, y, a * n, count * n);
            }
        });
    }

    private void row(float[] v, int at, long row) {
        float mean = mean(v, at);
        affine(v, at, n, mean, reciprocal(v, at, mean));
        weights.ifPresent(w -> multiply(v, at, w[(int) (row % w.length)]));
        biases.ifPresent(b -> RowLoops.axpy(1f, b[(int) (row % b.length)], 0, v, at, n));
    }

    float mean(float[] v, int at) {
        return centre ? (float) (RowLoops.sum(v, at, n) / n) : 0;
    }

    /** 1 / root of the spread. */
    float reciprocal(float[] v, int at, float mean) {
        double s = RowLoops.sumSquares(v, at, n, mean) / (average ? n : 1);
        return (float)
                switch (root) {
                    case INSIDE -> 1 / Math.sqrt(s + eps);
                    case OUTSIDE -> s > 0 ? 1 / (Math.sqrt(s) + eps) : s == 0 ? 1 / eps : s;
                    case MAX -> s <= eps * eps ? 1 / eps : 1 / Math.sqrt(s);
                };
    }

    private static void affine(float[] v, int at, int n, float mean, float factor) {
        int i = 0;
        for (; i + L <= n; i += L) {
            fromArray(S, v, at + i).sub(mean).mul(factor).intoArray(v, at + i);
        }
        for (; i < n; i++) {
            v[at + i] = (v[at + i] - mean) * factor;
        }
    }

    private static void multiply(float[] v, int at, float[] w) {
        int i = 0;
        for (; i + L <= w.length; i += L) {
            fromArray(S, v, at + i).mul(fromArray(S, w, i)).intoArray(v, at + i);
        }
        for (; i < w.length; i++) {
            v[at + i] *= w[i];
        }
    }

    /**
     * Adjoint for {@link Root#INSIDE}: dx = (gw - mean gw - xhat mean(gw xhat)) / root, with xhat the normalised row and
     * gw = dy weight. Sums for weight and bias are taken in pieces of 64 rows and joined in order.
     *
     * @return [2][n]: gradients of weight and bias
     */
    double[][] adjoint(MemorySegment x, MemorySegment dy, long rows, MemorySegment dx) {
        int group = 64;
        double[][][] parts = new double[Math.toIntExact((rows + group - 1) / group)][][];
        Workers.pieces(rows, group, 8L * n, (a, b) -> {
            double[][] sums = new double[2][n];
            try (Loan loan = Loan.open()) {
                float[] v = loan.floats(n);
                float[] g = loan.floats(n);
                for (long r = a; r < b; r++) {
                    Floats.load(x, r * n, v, 0, n);
                    Floats.load(dy, r * n, g, 0, n);
                    adjointRow(v, g, r, sums);
                    Floats.store(g, 0, dx, r * n, n);
                }
            }
            parts[(int) (a / group)] = sums;
        });
        double[][] total = new double[2][n];
        for (double[][] p : parts) {
            for (int i = 0; i < n; i++) {
                total[0][i] += p[0][i];
                total[1][i] += p[1][i];
            }
        }
        return total;
    }

    /** In double precision: for short rows nearly all of it cancels. */
    private void adjointRow(float[] v, float[] g, long row, double[][] sums) {
        double mean = 0;
        for (int i = 0; i < n && centre; i++) {
            mean += v[i];
        }
        mean /= n;
        double spread = 0;
        for (int i = 0; i < n; i++) {
            spread += (v[i] - mean) * (v[i] - mean);
        }
        double share = average ? n : 1;
        double factor = 1 / Math.sqrt(spread / share + eps);
        float[] w = weights.map(x -> x[(int) (row % x.length)]).orElse(v);
        boolean weighted = weights.isPresent();
        double along = 0;
        double even = 0;
        for (int i = 0; i < n; i++) {
            double hat = (v[i] - mean) * factor;
            sums[0][i] += g[i] * hat;
            sums[1][i] += g[i];
            double gw = weighted ? (double) g[i] * w[i] : g[i];
            along += gw * hat;
            even += gw;
        }
        along /= share;
        even = centre ? even / n : 0;
        for (int i = 0; i < n; i++) {
            double gw = weighted ? (double) g[i] * w[i] : g[i];
            g[i] = (float) ((gw - even - (v[i] - mean) * factor * along) * factor);
        }
    }
}
