package org.layerzoo.cpuvector.op.loss;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.loss.CrossEntropy;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;

/** Rows of logits and their targets. */
record LossRows(CrossEntropy op, int rows, int classes, MemorySegment logits, MemorySegment targets) {
    static final int NOBODY = -1;

    static LossRows of(CrossEntropy op, List<Tensor> in) {
        Tensor x = in.getFirst();
        int classes = x.dim(-1);
        return new LossRows(
                op,
                Math.toIntExact(x.size() / classes),
                classes,
                x.segment(),
                in.get(1).segment());
    }

    boolean ids() {
        return op.targets() == CrossEntropy.Targets.IDS;
    }

    /** The class of a row, or {@link #NOBODY} where it counts nothing. */
    int target(int row) {
        long id = targets.get(ValueLayout.JAVA_LONG_UNALIGNED, row * 8L);
        if (id == op.ignore()) {
            return NOBODY;
        }
        if (id < 0 || id >= classes) {
            throw ZooException.badArgument(op.name() + ": targets from 0 to " + (classes - 1) + " or " + op.ignore()
                    + " (ignored) expected, given " + id + " at row " + row);
        }
        return (int) id;
    }

    boolean counts(int row) {
        return !ids() || target(row) != NOBODY;
    }

    int counted() {
        int n = 0;
        for (int r = 0; r < rows; r++) {
            n += counts(r) ? 1 : 0;
        }
        return n;
    }

    /** Rows of a task. */
    long grain() {
        return Math.max(Math.max(1, 16_384 / classes), (rows + 255) / 256);
    }

    long at(int row) {
        return (long) row * classes;
    }

    /** The sum of the row's weights, over the classes that are seen. @param v logits; w weights; both room for a block */
    double weight(int row, float[] v, float[] w, boolean hidden) {
        double sum = 0;
        for (int c = 0; c < classes; c += LogitRow.BLOCK) {
            int n = Math.min(LogitRow.BLOCK, classes - c);
            Floats.load(targets, at(row) + c, w, 0, n);
            if (hidden) {
                Floats.load(logits, at(row) + c, v, 0, n);
            }
            for (int i = 0; i < n; i++) {
                sum += hidden && v[i] == Float.NEGATIVE_INFINITY ? 0 : w[i];
            }
        }
        return sum;
    }
}
