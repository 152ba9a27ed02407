package org.layerzoo.cpuvector.op.reduction;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ScanKind;
import org.layerzoo.core.op.elementwise.ElementwiseReference;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/**
 * Running sums, products, maxima and log-sum-exps of contiguous rows, in double and in the reference's order. A row is one chain of
 * dependent additions, so eight rows run side by side: that takes 1 cycle an element where a row alone takes 4.
 */
final class RowScan {
    private static final int ROWS = 8;
    /** Elements of a row that are read at once: those of eight rows fit the first-level cache. */
    private static final int SPAN = 512;
    /** Elements of a task, about. */
    private static final int TASK = 32_768;

    private final Primitive.Scan op;
    private final MemorySegment x;
    private final MemorySegment y;
    private final int n;

    RowScan(Primitive.Scan op, MemorySegment x, MemorySegment y, int n) {
        this.op = op;
        this.x = x;
        this.y = y;
        this.n = n;
    }

    /** @param cost element operations an element */
    void run(int rows, int cost) {
        long grain = (long) Math.max(1, TASK / n / ROWS) * ROWS;
        Workers.pieces(rows, grain, (long) n * cost, (from, end) -> {
            try (Loan loan = Loan.open()) {
                float[] v = loan.floats(ROWS * SPAN);
                double[] state = loan.doubles(ROWS);
                for (long r = from; r < end; r += ROWS) {
                    group(r, (int) Math.min(ROWS, end - r), v, state);
                }
            }
        });
    }

    private void group(long row, int rows, float[] v, double[] state) {
        Arrays.fill(state, 0, rows, ScanKernel.neutral(op.kind()));
        for (int t = 0; t < n; t += SPAN) {
            int count = Math.min(SPAN, n - t);
            int first = op.reverse() ? n - t - count : t;
            for (int r = 0; r < rows; r++) {
                Floats.load(x, (row + r) * n + first, v, r * SPAN, count);
            }
            if (op.reverse()) {
                flip(v, rows, count);
            }
            if (op.exclusive()) {
                exclusive(v, rows, count, state);
            } else {
                inclusive(v, rows, count, state);
            }
            if (op.reverse()) {
                flip(v, rows, count);
            }
            for (int r = 0; r < rows; r++) {
                Floats.store(v, r * SPAN, y, (row + r) * n + first, count);
            }
        }
    }

    /** What came before an element is what the one before it came to. */
    private void exclusive(float[] v, int rows, int count, double[] state) {
        float[] before = new float[rows];
        for (int r = 0; r < rows; r++) {
            before[r] = (float) state[r];
        }
        inclusive(v, rows, count, state);
        for (int r = 0; r < rows; r++) {
            System.arraycopy(v, r * SPAN, v, r * SPAN + 1, count - 1);
            v[r * SPAN] = before[r];
        }
    }

    private void inclusive(float[] v, int rows, int count, double[] state) {
        if (rows < ROWS || op.kind() == ScanKind.LOGSUMEXP) {
            for (int r = 0; r < rows; r++) {
                state[r] = alone(v, r * SPAN, count, state[r]);
            }
            return;
        }
        switch (op.kind()) {
            case SUM -> sums(v, SPAN, count, state);
            case PROD -> products(v, SPAN, count, state);
            default -> maxima(v, SPAN, count, state);
        }
    }

    private double alone(float[] v, int at, int count, double state) {
        double s = state;
        for (int i = at; i < at + count; i++) {
            s = switch (op.kind()) {
                case SUM -> s + v[i];
                case PROD -> s * v[i];
                case MAX -> Math.max(s, v[i]);
                case LOGSUMEXP -> ElementwiseReference.logAddExp(s, v[i]);
            };
            v[i] = (float) s;
        }
        return s;
    }

    private static void flip(float[] v, int rows, int count) {
        for (int r = 0; r < rows; r++) {
            for (int i = r * SPAN, j = i + count - 1; i < j; i++, j--) {
                float a = v[i];
                v[i] = v[j];
                v[j] = a;
            }
        }
    }

    private static void sums(float[] v, int span, int n, double[] state) {
        double s0 = state[0];
        double s1 = state[1];
        double s2 = state[2];
        double s3 = state[3];
        double s4 = state[4];
        double s5 = state[5];
        double s6 = state[6];
        double s7 = state[7];
        for (int i = 0; i < n; i++) {
            s0 += v[i];
            v[i] = (float) s0;
            s1 += v[i + span];
            v[i + span] = (float) s1;
            s2 += v[i + 2 * span];
            v[i + 2 * span] = (float) s2;
            s3 += v[i + 3 * span];
            v[i + 3 * span] = (float) s3;
            s4 += v[i + 4 * span];
            v[i + 4 * span] = (float) s4;
            s5 += v[i + 5 * span];
            v[i + 5 * span] = (float) s5;
            s6 += v[i + 6 * span];
            v[i + 6 * span] = (float) s6;
            s7 += v[i + 7 * span];
            v[i + 7 * span] = (float) s7;
        }
        state[0] = s0;
        state[1] = s1;
        state[2] = s2;
        state[3] = s3;
        state[4] = s4;
        state[5] = s5;
        state[6] = s6;
        state[7] = s7;
    }

    private static void products(float[] v, int span, int n, double[] state) {
        double s0 = state[0];
        double s1 = state[1];
        double s2 = state[2];
        double s3 = state[3];
        double s4 = state[4];
        double s5 = state[5];
        double s6 = state[6];
        double s7 = state[7];
        for (int i = 0; i < n; i++) {
            s0 *= v[i];
            v[i] = (float) s0;
            s1 *= v[i + span];
            v[i + span] = (float) s1;
            s2 *= v[i + 2 * span];
            v[i + 2 * span] = (float) s2;
            s3 *= v[i + 3 * span];
            v[i + 3 * span] = (float) s3;
            s4 *= v[i + 4 * span];
            v[i + 4 * span] = (float) s4;
            s5 *= v[i + 5 * span];
            v[i + 5 * span] = (float) s5;
            s6 *= v[i + 6 * span];
            v[i + 6 * span] = (float) s6;
            s7 *= v[i + 7 * span];
            v[i + 7 * span] = (float) s7;
        }
        state[0] = s0;
        state[1] = s1;
        state[2] = s2;
        state[3] = s3;
        state[4] = s4;
        state[5] = s5;
        state[6] = s6;
        state[7] = s7;
    }

    private static void maxima(float[] v, int span, int n, double[] state) {
        double s0 = state[0];
        double s1 = state[1];
        double s2 = state[2];
        double s3 = state[3];
        double s4 = state[4];
        double s5 = state[5];
        double s6 = state[6];
        double s7 = state[7];
        for (int i = 0; i < n; i++) {
            s0 = Math.max(s0, v[i]);
            v[i] = (float) s0;
            s1 = Math.max(s1, v[i + span]);
            v[i + span] = (float) s1;
            s2 = Math.max(s2, v[i + 2 * span]);
            v[i + 2 * span] = (float) s2;
            s3 = Math.max(s3, v[i + 3 * span]);
            v[i + 3 * span] = (float) s3;
            s4 = Math.max(s4, v[i + 4 * span]);
            v[i + 4 * span] = (float) s4;
            s5 = Math.max(s5, v[i + 5 * span]);
            v[i + 5 * span] = (float) s5;
            s6 = Math.max(s6, v[i + 6 * span]);
            v[i + 6 * span] = (float) s6;
            s7 = Math.max(s7, v[i + 7 * span]);
            v[i + 7 * span] = (float) s7;
        }
        state[0] = s0;
        state[1] = s1;
        state[2] = s2;
        state[3] = s3;
        state[4] = s4;
        state[5] = s5;
        state[6] = s6;
        state[7] = s7;
    }
}
