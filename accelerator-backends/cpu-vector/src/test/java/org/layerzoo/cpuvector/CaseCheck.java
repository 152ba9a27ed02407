package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** Runs a line of an op's case table on the backend, with memory poisoned, and on the reference in F64. */
final class CaseCheck {
    private static final CpuVectorBackend BACKEND = new CpuVectorBackend();
    private static final long SEED = 7;

    private CaseCheck() {}

    /** What the backend answers, in poisoned memory; fails when it refuses. */
    static List<Tensor> run(Op op, List<Tensor> in) {
        assertEquals(
                java.util.Optional.empty(),
                BACKEND.refusal(op, in.stream().map(Tensor::spec).toList()));
        Memory.poison(true);
        try {
            return BACKEND.execute(op, in);
        } finally {
            Memory.poison(false);
        }
    }

    /** Every result within the case's bound, integers and truth values equal. */
    static void check(OpCase c) {
        check(c, SEED);
    }

    static void check(OpCase c, long seed) {
        TensorScope.run(() -> {
            List<Tensor> in = c.draw(seed);
            boolean same = c.bound() == 0 || in.isEmpty() || c.op() instanceof Primitive.Cast;
            List<Tensor> truth = same ? in : in.stream().map(CaseCheck::widened).toList();
            List<Tensor> expected = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(c.op(), truth));
            compare(c.toString(), run(c.op(), in), expected, c.bound());
        });
    }

    /** One thread and two give the same bits. */
    static void threadsDoNotMatter(OpCase c) {
        int before = Workers.threads();
        try {
            TensorScope.run(() -> {
                List<Tensor> in = c.draw(3);
                Workers.threads(1);
                List<Tensor> one = run(c.op(), in);
                Workers.threads(2);
                List<Tensor> two = run(c.op(), in);
                for (int i = 0; i < one.size(); i++) {
                    assertArrayEquals(one.get(i).toDoubles(), two.get(i).toDoubles());
                }
            });
        } finally {
            Workers.threads(before);
        }
    }

    static Tensor widened(Tensor t) {
        return t.dtype().isFloating()
                ? Tensor.of(DType.F64, t.toDoubles(), t.shape().dims())
                : t;
    }

    static void compare(String what, List<Tensor> actual, List<Tensor> expected, double bound) {
        compare(what, actual, expected, bound, 0);
    }

    /** @param floor size below which an expected result counts as that large: all of it may cancel */
    static void compare(String what, List<Tensor> actual, List<Tensor> expected, double bound, double floor) {
        assertEquals(expected.size(), actual.size(), what);
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i).shape(), actual.get(i).shape(), what);
            double e = error(actual.get(i).toDoubles(), expected.get(i).toDoubles(), floor);
            assertTrue(e <= bound, what + " result " + i + ": error " + e + " above " + bound);
        }
    }

    /** ||a - b|| / ||b||; infinite where one is no number or an infinity and the other is not the same. */
    static double error(double[] a, double[] b) {
        return error(a, b, 0);
    }

    private static double error(double[] a, double[] b, double floor) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < b.length; i++) {
            if (Double.compare(a[i], b[i]) == 0 || a[i] == b[i]) {
                size += Double.isFinite(b[i]) ? b[i] * b[i] : 0;
            } else if (!Double.isFinite(a[i]) || !Double.isFinite(b[i])) {
                return Double.POSITIVE_INFINITY;
            } else {
                difference += (a[i] - b[i]) * (a[i] - b[i]);
                size += b[i] * b[i];
            }
        }
        return difference == 0 ? 0 : Math.sqrt(difference / Math.max(size, Math.max(floor * floor, 1e-300)));
    }
}
