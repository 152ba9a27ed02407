package org.layerzoo.cpuvector.op.norm;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/**
 * Sums over the positions of each sample of x [B, spatial.., C], a block of positions a task, joined in their order.
 *
 * @param span positions of a task
 */
record ResponseSums(int batch, int positions, int channels, int span) {
    private static final int ELEMENTS = 32_768;

    static ResponseSums of(Shape x) {
        int channels = x.dim(-1);
        int positions = Math.toIntExact(x.product(1, x.rank() - 1));
        return new ResponseSums(x.dim(0), positions, channels, Math.max(1, ELEMENTS / channels));
    }

    int blocks() {
        return (positions + span - 1) / span;
    }

    int tasks() {
        return batch * blocks();
    }

    /** First element of a task. */
    long at(int task) {
        return ((long) task / blocks() * positions + (long) task % blocks() * span) * channels;
    }

    int count(int task) {
        return Math.min(span, positions - task % blocks() * span);
    }

    /** Of a sample: the sums over positions of x y [C], then those of y [C]. @param to [B, 2 C] */
    void sum(MemorySegment x, MemorySegment y, double[] to) {
        int size = 2 * channels;
        try (Loan loan = Loan.open()) {
            double[] parts = loan.doubles(tasks() * size);
            Arrays.fill(parts, 0, tasks() * size, 0);
            Workers.run(tasks(), 4L * batch * positions * channels, t -> {
                try (Loan own = Loan.open()) {
                    int n = count(t) * channels;
                    float[] v = own.floats(n), g = own.floats(n);
                    Floats.load(x, at(t), v, 0, n);
                    Floats.load(y, at(t), g, 0, n);
                    for (int i = 0; i < n; i += channels) {
                        DoubleRow.gather(v, g, i, channels, 0, 1, parts, t * size, t * size + channels);
                    }
                }
            });
            Arrays.fill(to, 0, batch * size, 0);
            for (int t = 0; t < tasks(); t++) {
                int at = t / blocks() * size;
                for (int i = 0; i < size; i++) {
                    to[at + i] += parts[t * size + i];
                }
            }
        }
    }
}
