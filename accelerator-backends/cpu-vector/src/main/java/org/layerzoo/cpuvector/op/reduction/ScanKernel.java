package org.layerzoo.cpuvector.op.reduction;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ScanKind;
import org.layerzoo.core.op.elementwise.ElementwiseReference;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.AxisLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Workers;

/**
 * Running sums, products, maxima and log-sum-exps of F32. The state is kept in double, as in the reference, so a long
 * line loses nothing; columns of neighbouring lines run together, a task a block of them.
 */
public final class ScanKernel implements Kernel<Primitive.Scan> {
    private static final int COLUMNS = 256;
    /** Elements of a single line that are read at once. */
    private static final int SPAN = 1024;

    @Override
    public Optional<String> refusal(Primitive.Scan op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32
                ? Optional.empty()
                : Optional.of(
                        "no loop for " + op.name() + " of " + in.getFirst().dtype());
    }

    /** Plain loops over columns. */
    @Override
    public String kind(Primitive.Scan op, List<TensorSpec> in) {
        return "scalar";
    }

    @Override
    public List<Tensor> run(Primitive.Scan op, List<Tensor> in) {
        Tensor x = in.getFirst();
        Tensor out = Tensor.allocate(x.spec());
        if (out.size() == 0) {
            return List.of(out);
        }
        AxisLines a = AxisLines.of(x.shape(), op.axis());
        int blocks = (a.inner() + COLUMNS - 1) / COLUMNS;
        long cost = x.size() * (op.kind() == ScanKind.LOGSUMEXP ? 64 : 4);
        Workers.run(a.outer() * blocks, cost, t -> {
            int column = t % blocks * COLUMNS;
            new Line(op, a, x.segment(), out.segment(), t / blocks, column, Math.min(COLUMNS, a.inner() - column))
                    .run();
        });
        return List.of(out);
    }

    private static double neutral(ScanKind kind) {
        return switch (kind) {
            case SUM -> 0;
            case PROD -> 1;
            case MAX, LOGSUMEXP -> Double.NEGATIVE_INFINITY;
        };
    }

    /** Columns column .. column + width - 1 of one outer position. */
    private record Line(
            Primitive.Scan op, AxisLines a, MemorySegment x, MemorySegment y, int outer, int column, int width) {
        void run() {
            double[] state = new double[width];
            Arrays.fill(state, neutral(op.kind()));
            int rows = a.inner() == 1 ? SPAN : 1;
            float[] v = new float[rows * width];
            for (int t = 0; t < a.n(); t += rows) {
                int n = Math.min(rows, a.n() - t);
                int first = op.reverse() ? a.n() - t - n : t;
                long at = ((long) outer * a.n() + first) * a.inner() + column;
                Floats.load(x, at, v, 0, n * width);
                for (int i = 0; i < n; i++) {
                    step(state, v, (op.reverse() ? n - 1 - i : i) * width);
                }
                Floats.store(v, 0, y, at, n * width);
            }
        }

        private void step(double[] state, float[] v, int at) {
            boolean exclusive = op.exclusive();
            for (int c = 0; c < width; c++) {
                double before = state[c];
                double after =
                        switch (op.kind()) {
                            case SUM -> before + v[at + c];
                            case PROD -> before * v[at + c];
                            case MAX -> Math.max(before, v[at + c]);
                            case LOGSUMEXP -> ElementwiseReference.logAddExp(before, v[at + c]);
                        };
                state[c] = after;
                v[at + c] = (float) (exclusive ? before : after);
            }
        }
    }
}
