package org.layerzoo.cpuvector.op.dense;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Arrays;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.op.elementwise.UnaryLoops;
import org.layerzoo.cpuvector.op.linear.Gemm;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** Adds a bias to finished blocks of a product and applies an activation while they are in the first-level cache, then hands them on. */
record Epilogue(float[] bias, Optional<UnaryLoops.Loop> activation, Gemm.Sink next) implements Gemm.Sink {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final Scratch ROWS = new Scratch();

    /** @param bias empty for none */
    static Gemm.Sink of(float[] bias, Activation activation, Gemm.Sink next) {
        Optional<UnaryLoops.Loop> loop = Activations.of(activation);
        return bias.length == 0 && loop.isEmpty() ? next : new Epilogue(bias, loop, next);
    }

    @Override
    public void block(int row, int rows, int column, int n, float[] c, int from, int ldc) {
        if (bias.length > 0) {
            add(rows, column, n, c, from, ldc);
        }
        if (activation.isEmpty()) {
            next.block(row, rows, column, n, c, from, ldc);
            return;
        }
        // The loops begin at 0 and run over whole vectors.
        if (from == 0 && ldc == n && n % L == 0) {
            activation.get().apply(c, rows * n);
            next.block(row, rows, column, n, c, from, ldc);
            return;
        }
        int ld = Width.roundUp(n);
        float[] y = ROWS.floats(rows * ld);
        for (int r = 0; r < rows; r++) {
            System.arraycopy(c, from + r * ldc, y, r * ld, n);
            Arrays.fill(y, r * ld + n, (r + 1) * ld, 0f);
        }
        activation.get().apply(y, rows * ld);
        next.block(row, rows, column, n, y, 0, ld);
    }

    private void add(int rows, int column, int n, float[] c, int from, int ldc) {
        if (n != 2 * L) {
            for (int r = 0; r < rows; r++) {
                RowLoops.axpy(1f, bias, column, c, from + r * ldc, n);
            }
            return;
        }
        FloatVector left = fromArray(S, bias, column), right = fromArray(S, bias, column + L);
        for (int r = 0; r < rows; r++) {
            int at = from + r * ldc;
            fromArray(S, c, at).add(left).intoArray(c, at);
            fromArray(S, c, at + L).add(right).intoArray(c, at + L);
        }
    }
}
