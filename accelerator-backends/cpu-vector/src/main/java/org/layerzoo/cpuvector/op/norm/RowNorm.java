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
 * @param weights of a row's elements; likewise biases
 */
record RowNorm(
        int n,
        boolean centre,
        boolean average,
        Root root,
        double eps,
        Optional<float[]> weights,
        Optional<float[]> biases) {
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
                    row(v, r * n);
                }
                Floats.store(v, 0, y, a * n, count * n);
            }
        });
    }

    private void row(float[] v, int at) {
        float mean = mean(v, at);
        affine(v, at, n, mean, reciprocal(v, at, mean));
        weights.ifPresent(w -> multiply(v, at, w));
        biases.ifPresent(b -> RowLoops.axpy(1f, b, 0, v, at, n));
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
}
