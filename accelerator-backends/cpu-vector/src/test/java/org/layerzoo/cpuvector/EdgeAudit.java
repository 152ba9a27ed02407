package org.layerzoo.cpuvector;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/**
 * A call of an op with its inputs, and what may be asked of it: that it agrees with the reference in F64, on views, on any count of
 * threads. An answer is empty or a complaint.
 *
 * @param floor size beside which a result of nothing need not be exactly nothing
 */
record EdgeAudit(String name, Op op, List<Tensor> in, double bound, double floor) {
    private static final CpuVectorBackend BACKEND = new CpuVectorBackend();
    private static final long SEED = 3;

    static EdgeAudit of(OpCase c) {
        List<Tensor> in = c.draw(SEED);
        // far on the negative side GELU is a small difference: its error is relative to the argument
        boolean gelu = c.op() instanceof Primitive.Unary u
                && (u.fn() == Primitive.UnaryFn.GELU || u.fn() == Primitive.UnaryFn.GELU_TANH);
        return new EdgeAudit(c.toString(), c.op(), in, c.bound(), gelu ? largest(in) : 0);
    }

    /** The gradients of this call where the backend has a kernel for them, with the results of its inputs and drawn cotangents. */
    Optional<EdgeAudit> gradient() {
        if (!(op instanceof WholeGradient w)) {
            return Optional.empty();
        }
        GradientCheck g;
        try {
            g = GradientCheck.of(w, in, SEED);
        } catch (ZooException badIndex) {
            return Optional.empty();
        }
        // a gradient is a sum of cotangents times inputs
        double size = 1e-3 * largest(g.in().subList(cotangents(g.op()), g.in().size()));
        size *= in.stream()
                .flatMapToDouble(t -> Arrays.stream(t.toDoubles()))
                .map(Math::abs)
                .filter(Double::isFinite)
                .reduce(1, Math::max);
        return Optional.of(new EdgeAudit(name + ", gradient", g.op(), g.in(), FusedCasesTest.GRADIENT, size))
                .filter(EdgeAudit::runs);
    }

    private static int cotangents(GradientOf g) {
        return g.inputs() + g.outputs();
    }

    EdgeAudit within(double times) {
        return new EdgeAudit(name, op, in, bound * times, floor);
    }

    /** Whether the backend runs it itself. */
    boolean runs() {
        return BACKEND.refusal(op, in.stream().map(Tensor::spec).toList()).isEmpty();
    }

    /** The same call with every element of F32 mapped. */
    EdgeAudit mapped(String how, DoubleUnaryOperator f) {
        List<Tensor> all =
                IntStream.range(0, in.size()).mapToObj(i -> image(i, f)).toList();
        return new EdgeAudit(name + ", " + how, op, all, bound, floor);
    }

    /** The same with one input mapped. */
    EdgeAudit mapped(int input, DoubleUnaryOperator f) {
        List<Tensor> all = new ArrayList<>(in);
        all.set(input, image(input, f));
        return new EdgeAudit(name, op, all, bound, floor);
    }

    private Tensor image(int i, DoubleUnaryOperator f) {
        Tensor t = in.get(i);
        return t.dtype() == DType.F32
                ? Tensor.of(
                        DType.F32,
                        Arrays.stream(t.toDoubles()).map(f).toArray(),
                        t.shape().dims())
                : t;
    }

    /** The calls with NaN and with both infinities in one element of each input of F32; of a gradient, of each cotangent. */
    List<EdgeAudit> wild() {
        List<EdgeAudit> out = new ArrayList<>();
        for (int i = op instanceof GradientOf g ? cotangents(g) : 0; i < in.size(); i++) {
            Tensor t = in.get(i);
            if (t.dtype() == DType.F32 && t.size() > 0) {
                for (double v : Wild.values(op)) {
                    double[] x = t.toDoubles();
                    x[x.length * 2 / 3] = v;
                    List<Tensor> all = new ArrayList<>(in);
                    all.set(i, Tensor.of(DType.F32, x, t.shape().dims()));
                    out.add(new EdgeAudit(name + ", " + v + " in input " + i, op, all, bound, floor));
                }
            }
        }
        return out;
    }

    /** Numbers within the bound, and what is infinite or no number where {@link Wild} says. */
    Optional<String> agrees() {
        return TensorScope.use(() -> {
            List<Tensor> expected;
            try {
                expected = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(meaning(op), truth()));
            } catch (ZooException bad) {
                return refuses();
            }
            List<Tensor> actual = CaseCheck.run(op, in);
            double least = Math.max(floor, 1e-3 * largest(expected));
            return IntStream.range(0, expected.size())
                    .mapToObj(i ->
                            complaint(actual.get(i), expected.get(i), least).map(s -> "result " + i + ": " + s))
                    .flatMap(Optional::stream)
                    .findFirst()
                    .map(s -> name + ", " + s);
        });
    }

    /** What the reference refuses, an index outside its axis say, the kernel refuses too. */
    private Optional<String> refuses() {
        try {
            CaseCheck.run(op, in).forEach(Tensor::ready);
            return Optional.of(name + ": the reference refuses these inputs and the kernel does not");
        } catch (ZooException e) {
            return Optional.empty();
        }
    }

    /** A recurrence token by token: chunks multiply what a later token holds by 0, which NaN survives. */
    private static Op meaning(Op op) {
        return switch (op) {
            case GradientOf g
            when g.op() instanceof Recur r ->
                new GradientOf(byToken(r), g.inputs(), g.outputs(), g.given(), g.wanted());
            case Recur r -> byToken(r);
            default -> op;
        };
    }

    private static Recur byToken(Recur r) {
        Algorithm loop = new Algorithm.Recurrent();
        return new Recur(r.gate(), r.diagonal(), r.reverse(), r.scale(), loop, r.initial(), r.longest());
    }

    private List<Tensor> truth() {
        boolean same = bound == 0 || op instanceof Primitive.Cast;
        return same ? in : in.stream().map(CaseCheck::widened).toList();
    }

    private Optional<String> complaint(Tensor actual, Tensor expected, double least) {
        if (!actual.shape().equals(expected.shape())) {
            return Optional.of(actual.shape() + " for " + expected.shape());
        }
        double[] a = actual.toDoubles(), b = expected.toDoubles();
        Wild wild = Wild.of(op, expected.shape());
        IntPredicate counts = wild.counts(b);
        double e = difference(a, b, counts);
        // below the range of normal numbers F32 has steps of 2^-149, whatever the size
        double steps = Float.MIN_VALUE
                * (8 + in.size())
                * Math.sqrt(b.length)
                * Math.max(1, in.isEmpty() ? 0 : in.getFirst().size());
        double limit = bound * Math.max(norm(b, counts), least) + (bound == 0 ? 0 : steps);
        return wild.complaint(a, b)
                .or(() -> e <= limit ? Optional.empty() : Optional.of("error " + e + " above " + limit));
    }

    private static double largest(List<Tensor> tensors) {
        return tensors.stream()
                .mapToDouble(t -> norm(t.toDoubles(), i -> true))
                .max()
                .orElse(0);
    }

    private static double norm(double[] x, IntPredicate counts) {
        return Math.sqrt(IntStream.range(0, x.length)
                .filter(i -> counts.test(i) && Math.abs(x[i]) <= Float.MAX_VALUE)
                .mapToDouble(i -> x[i] * x[i])
                .sum());
    }

    private static double difference(double[] a, double[] b, IntPredicate counts) {
        return Math.sqrt(IntStream.range(0, a.length)
                .filter(i -> counts.test(i) && Double.isFinite(a[i]) && a[i] != b[i])
                .mapToDouble(i -> (a[i] - b[i]) * (a[i] - b[i]))
                .sum());
    }

    /** Equal bits on one thread, on two and on three. */
    Optional<String> threads() {
        int before = Workers.threads();
        try {
            List<double[]> one = bits(1, in);
            for (int n = 2; n <= 3; n++) {
                if (!equal(one, bits(n, in))) {
                    return Optional.of(name + ": other bits on " + n + " threads");
                }
            }
            return Optional.empty();
        } catch (ZooException badIndex) {
            return Optional.empty();
        } finally {
            Workers.threads(before);
        }
    }

    /** Equal bits where inputs begin in the middle of memory, off every boundary, with NaN on both sides. */
    Optional<String> views() {
        int n = Workers.threads();
        return TensorScope.use(() -> {
            List<Tensor> inside = in.stream().map(EdgeAudit::inside).toList();
            return equal(bits(n, in), bits(n, inside))
                    ? Optional.<String>empty()
                    : Optional.of(name + ": other bits from views");
        });
    }

    private static Tensor inside(Tensor t) {
        int n = Math.toIntExact(t.size());
        double[] wide = new double[n + 2];
        Arrays.fill(wide, t.dtype().isFloating() ? Double.NaN : 1);
        System.arraycopy(t.toDoubles(), 0, wide, 1, n);
        return Tensor.of(t.dtype(), wide, n + 2).rows(1, n + 1).view(t.shape());
    }

    private List<double[]> bits(int threads, List<Tensor> inputs) {
        Workers.threads(threads);
        return TensorScope.use(
                () -> CaseCheck.run(op, inputs).stream().map(Tensor::toDoubles).toList());
    }

    private static boolean equal(List<double[]> a, List<double[]> b) {
        return IntStream.range(0, a.size()).allMatch(i -> Arrays.equals(a.get(i), b.get(i)));
    }
}
