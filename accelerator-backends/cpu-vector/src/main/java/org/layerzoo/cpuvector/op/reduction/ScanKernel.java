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
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/**
 * Running sums, products, maxima and log-sum-exps of F32. The state is kept in double, as in the reference, so a long
 * line loses nothing; columns of neighbouring lines run together, a task a block of them.
 */
public final class ScanKernel implements Kernel<Primitive.Scan> {
    /** Columns of a task: the fewest that are worth one, and what the memory is read fastest in. */
    private static final int FEWEST = 256;

    private static final int MOST = 1024;
    /** Elements that are read at once where lines are few. */
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
        int each = op.kind() == ScanKind.LOGSUMEXP ? 64 : 4;
        if (a.inner() == 1) {
            new RowScan(op, x.segment(), out.segment(), a.n()).run(a.outer(), each);
            return List.of(out);
        }
        // A column's sums are the same in any task, so a task may be a thread's share.
        int share = Math.toIntExact(((long) a.outer() * a.inner() + Workers.threads() - 1) / Workers.threads());
        int columns = Math.clamp(share, FEWEST, MOST);
        int blocks = (a.inner() + columns - 1) / columns;
        Workers.run(a.outer() * blocks, x.size() * each, t -> {
            int column = t % blocks * columns;
            new Line(op, a, x.segment(), out.segment(), t / blocks, column, Math.min(columns, a.inner() - column))
                    .run();
        });
        return List.of(out);
    }

    static double neutral(ScanKind kind) {
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
            try (Loan loan = Loan.open()) {
                double[] state = loan.doubles(width);
                Arrays.fill(state, 0, width, neutral(op.kind()));
                int rows = width == a.inner() ? Math.max(1, SPAN / width) : 1;
                run(state, loan.floats(rows * width), rows);
            }
        }

        private void run(double[] state, float[] v, int rows) {
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
            if (op.exclusive()) {
                for (int c = 0; c < width; c++) {
                    double before = state[c];
                    state[c] = after(before, v[at + c]);
                    v[at + c] = (float) before;
                }
                return;
            }
            switch (op.kind()) {
                case SUM -> sum(state, v, at);
                case PROD -> product(state, v, at);
                default -> {
                    for (int c = 0; c < width; c++) {
                        state[c] = after(state[c], v[at + c]);
                        v[at + c] = (float) state[c];
                    }
                }
            }
        }

        private double after(double before, float v) {
            return switch (op.kind()) {
                case SUM -> before + v;
                case PROD -> before * v;
                case MAX -> Math.max(before, v);
                case LOGSUMEXP -> ElementwiseReference.logAddExp(before, v);
            };
        }

        private void sum(double[] state, float[] v, int at) {
            for (int c = 0; c < width; c++) {
                state[c] += v[at + c];
                v[at + c] = (float) state[c];
            }
        }

        private void product(double[] state, float[] v, int at) {
            for (int c = 0; c < width; c++) {
                state[c] *= v[at + c];
                v[at + c] = (float) state[c];
            }
        }
    }
}
