package org.layerzoo.core.op.reduction;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;
import org.layerzoo.core.op.Broadcast;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ReduceKind;
import org.layerzoo.core.op.Primitive.ScanKind;
import org.layerzoo.core.op.elementwise.ElementwiseReference;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** The meaning of reductions and scans: in index order, floats in double and rounded once, integers in long. */
public final class ReductionReference {
    private static final double NEGATIVE = Double.NEGATIVE_INFINITY;
    private static final double POSITIVE = Double.POSITIVE_INFINITY;

    private ReductionReference() {}

    public static List<Tensor> run(Primitive.Reduction op, List<Tensor> in) {
        Tensor x = in.getFirst();
        return List.of(
                switch (op) {
                    case Primitive.Reduce r -> reduce(r, x);
                    case Primitive.ArgReduce a -> argReduce(a, x);
                    case Primitive.Scan s -> scan(s, x);
                    case Primitive.FirstOrder f -> firstOrder(f, x, in.get(1), in.get(2));
                    case Primitive.Segment s -> SegmentReference.run(s, x, in.get(1));
                });
    }

    private static Tensor reduce(Primitive.Reduce op, Tensor x) {
        Shape keep = ReductionRules.kept(x.shape(), op.axes());
        Shape out = ReductionRules.infer(op, List.of(x.spec())).getFirst().shape();
        int[] to = Broadcast.index(keep, x.shape());
        int n = Math.toIntExact(keep.size());
        if (x.dtype().isInteger()) {
            return ElementwiseReference.integers(x.dtype(), integers(op.kind(), x, to, n), out);
        }
        return Tensor.of(x.dtype(), floats(op.kind(), x.toDoubles(), to, n), out.dims());
    }

    private static double[] floats(ReduceKind kind, double[] v, int[] to, int n) {
        return switch (kind) {
            case SUM -> collect(v, to, n, 0, Double::sum);
            case PROD -> collect(v, to, n, 1, (a, b) -> a * b);
            case MAX -> collect(v, to, n, NEGATIVE, Math::max);
            case MIN -> collect(v, to, n, POSITIVE, Math::min);
            case ANY -> collect(v, to, n, 0, Math::max);
            case ALL -> collect(v, to, n, 1, Math::min);
            case MEAN -> {
                double[] sum = collect(v, to, n, 0, Double::sum);
                // Every result has as many elements; none at all gives 0/0.
                double count = n == 0 ? 1 : v.length / n;
                yield Arrays.stream(sum).map(s -> s / count).toArray();
            }
            case LOGSUMEXP -> logSumExp(v, to, n);
        };
    }

    private static double[] collect(double[] v, int[] to, int n, double neutral, DoubleBinaryOperator f) {
        double[] out = new double[n];
        Arrays.fill(out, neutral);
        for (int i = 0; i < v.length; i++) {
            out[to[i]] = f.applyAsDouble(out[to[i]], v[i]);
        }
        return out;
    }

    private static double[] logSumExp(double[] v, int[] to, int n) {
        double[] max = collect(v, to, n, NEGATIVE, Math::max);
        double[] sum = new double[n];
        for (int i = 0; i < v.length; i++) {
            sum[to[i]] += Math.exp(v[i] - max[to[i]]);
        }
        for (int i = 0; i < n; i++) {
            sum[i] = Double.isInfinite(max[i]) ? max[i] : max[i] + Math.log(sum[i]);
        }
        return sum;
    }

    private static long[] integers(ReduceKind kind, Tensor x, int[] to, int n) {
        long neutral =
                switch (kind) {
                    case PROD -> 1;
                    case MAX -> least(x.dtype());
                    case MIN -> greatest(x.dtype());
                    default -> 0;
                };
        LongBinaryOperator f =
                switch (kind) {
                    case PROD -> (a, b) -> a * b;
                    case MAX -> Math::max;
                    case MIN -> Math::min;
                    default -> Long::sum;
                };
        long[] v = x.toLongs();
        long[] out = new long[n];
        Arrays.fill(out, neutral);
        for (int i = 0; i < v.length; i++) {
            out[to[i]] = f.applyAsLong(out[to[i]], v[i]);
        }
        return out;
    }

    static long least(DType t) {
        return t == DType.I32 ? Integer.MIN_VALUE : Long.MIN_VALUE;
    }

    static long greatest(DType t) {
        return t == DType.I32 ? Integer.MAX_VALUE : Long.MAX_VALUE;
    }

    private static Tensor argReduce(Primitive.ArgReduce op, Tensor x) {
        Shape out = ReductionRules.infer(op, List.of(x.spec())).getFirst().shape();
        Axis axis = new Axis(x.shape(), op.axis());
        long[] best = new long[Math.toIntExact(out.size())];
        if (x.dtype().isInteger()) {
            long[] v = x.toLongs();
            axis.each((line, i, at) -> {
                int held = axis.at(line, (int) best[line]);
                best[line] = (op.max() ? v[at] > v[held] : v[at] < v[held]) ? i : best[line];
            });
        } else {
            double[] v = x.toDoubles();
            axis.each((line, i, at) -> {
                double held = v[axis.at(line, (int) best[line])];
                // The first NaN is larger (smaller) than any number.
                boolean better =
                        !Double.isNaN(held) && (Double.isNaN(v[at]) || (op.max() ? v[at] > held : v[at] < held));
                best[line] = better ? i : best[line];
            });
        }
        return Tensor.of(best, out.dims());
    }

    private static Tensor scan(Primitive.Scan op, Tensor x) {
        Axis axis = new Axis(x.shape(), op.axis());
        if (x.dtype().isInteger()) {
            long[] state = new long[axis.lines()];
            Arrays.fill(state, op.kind() == ScanKind.MAX ? least(x.dtype()) : op.kind() == ScanKind.PROD ? 1 : 0);
            LongBinaryOperator f =
                    op.kind() == ScanKind.SUM ? Long::sum : op.kind() == ScanKind.PROD ? (a, b) -> a * b : Math::max;
            long[] v = x.toLongs();
            axis.each(op.reverse(), (line, i, at) -> {
                long before = state[line];
                state[line] = f.applyAsLong(before, v[at]);
                v[at] = op.exclusive() ? before : state[line];
            });
            return ElementwiseReference.integers(x.dtype(), v, x.shape());
        }
        double[] state = new double[axis.lines()];
        Arrays.fill(state, op.kind() == ScanKind.SUM ? 0 : op.kind() == ScanKind.PROD ? 1 : NEGATIVE);
        DoubleBinaryOperator f =
                switch (op.kind()) {
                    case SUM -> Double::sum;
                    case PROD -> (a, b) -> a * b;
                    case MAX -> Math::max;
                    case LOGSUMEXP -> ElementwiseReference::logAddExp;
                };
        double[] v = x.toDoubles();
        axis.each(op.reverse(), (line, i, at) -> {
            double before = state[line];
            state[line] = f.applyAsDouble(before, v[at]);
            v[at] = op.exclusive() ? before : state[line];
        });
        return Tensor.of(x.dtype(), v, x.shape().dims());
    }

    private static Tensor firstOrder(Primitive.FirstOrder op, Tensor a, Tensor b, Tensor h0) {
        double[] decay = a.toDoubles();
        double[] v = b.toDoubles();
        double[] h = h0.toDoubles();
        new Axis(b.shape(), op.axis()).each(op.reverse(), (line, i, at) -> {
            h[line] = decay[at] * h[line] + v[at];
            v[at] = h[line];
        });
        return Tensor.of(b.dtype(), v, b.shape().dims());
    }

    /** The lines of a tensor along one axis, numbered row-major over the other axes. */
    private record Axis(int outer, int n, int inner) {
        Axis(Shape s, int axis) {
            this(Math.toIntExact(s.product(0, axis)), s.dim(axis), Math.toIntExact(s.product(axis + 1, s.rank())));
        }

        @FunctionalInterface
        interface Visitor {
            /** Element {@code i} of a line, at the flat index {@code at}. */
            void visit(int line, int i, int at);
        }

        int lines() {
            return outer * inner;
        }

        int at(int line, int i) {
            return (line / inner * n + i) * inner + line % inner;
        }

        void each(Visitor visitor) {
            each(false, visitor);
        }

        void each(boolean reverse, Visitor visitor) {
            for (int o = 0; o < outer; o++) {
                for (int t = 0; t < n; t++) {
                    int i = reverse ? n - 1 - t : t;
                    for (int k = 0; k < inner; k++) {
                        visitor.visit(o * inner + k, i, (o * n + i) * inner + k);
                    }
                }
            }
        }
    }
}
