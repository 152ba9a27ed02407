package org.layerzoo.testkit.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.FusedCases;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.elementwise.ElementwiseCases;
import org.layerzoo.core.op.indexing.IndexingCases;
import org.layerzoo.core.op.linear.LinearCases;
import org.layerzoo.core.op.reduction.ReductionCases;
import org.layerzoo.core.op.shaping.ShapingCases;
import org.layerzoo.core.op.source.SourceCases;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;

/** Core's case tables as a test of a backend: every op, forward and backward, in every floating type, against the reference in F64. */
public final class BackendCases {
    /** Gradients add one more chain of sums to the forward pass. */
    private static final double GRADIENT = 3;

    /** Part of the largest result below which another result of the same op is not measured by itself. */
    private static final double FLOOR = 1e-3;

    private BackendCases() {}

    /** One case in one floating type, forward or backward. */
    public record Line(OpCase opCase, DType dtype, boolean gradient) {
        /** Casts keep the type that their case gives. */
        boolean asGiven() {
            return opCase.op() instanceof Primitive.Cast;
        }

        /** The op that is run. */
        public Op op() {
            return gradient ? gradientOp(opCase, dtype) : opCase.op();
        }

        /** What the op's inputs are. */
        public List<TensorSpec> specs() {
            List<TensorSpec> in = asGiven()
                    ? opCase.in().stream().map(OpCase.Input::spec).toList()
                    : BackendCases.specs(opCase, dtype);
            if (!gradient) {
                return in;
            }
            List<TensorSpec> out = opCase.op().infer(in);
            return Stream.of(in, out, floating(out).stream().map(out::get).toList())
                    .flatMap(List::stream)
                    .toList();
        }

        /** Largest relative error allowed. */
        public double bound() {
            double b = opCase.bound() * (gradient ? GRADIENT : 1);
            return switch (dtype) {
                // Sums of a few hundred terms.
                case F64 -> opCase.bound() == 0 ? 0 : 1e-12 * (gradient ? GRADIENT : 1);
                // Inputs are rounded before both sides read them; results are rounded once, or a few times inside a
                // gradient.
                case BF16 -> Math.max(b, 0x1p-7);
                case F16 -> Math.max(b, 0x1p-10);
                default -> b;
            };
        }

        @Override
        public String toString() {
            return opCase.name() + (gradient ? ", gradient" : "") + ", " + dtype;
        }
    }

    /** @param refusal why the backend leaves the op to its decomposition; then there is no error */
    public record Outcome(Line line, Optional<String> refusal, double error) {
        public boolean passed() {
            return refusal.isEmpty() && error <= line.bound();
        }

        @Override
        public String toString() {
            return line + ": "
                    + refusal.map(r -> "refused, " + r)
                            .orElse((passed() ? "error " : "FAILED, error ") + error + ", bound " + line.bound());
        }
    }

    public static List<Line> primitives() {
        return lines(Stream.of(
                        ElementwiseCases.all(),
                        IndexingCases.all(),
                        LinearCases.all(),
                        ReductionCases.all(),
                        ShapingCases.all(),
                        SourceCases.all())
                .flatMap(Collection::stream));
    }

    public static List<Line> fused() {
        return lines(FusedCases.all().stream());
    }

    private static List<Line> lines(Stream<OpCase> cases) {
        return cases.flatMap(c -> lines(c).stream()).toList();
    }

    private static List<Line> lines(OpCase c) {
        List<Line> out = new ArrayList<>();
        boolean floats = c.in().stream().anyMatch(i -> i.spec().dtype().isFloating());
        List<DType> dtypes = floats && !(c.op() instanceof Primitive.Cast)
                ? Stream.of(DType.F32, DType.F64, DType.BF16, DType.F16)
                        .filter(t -> takes(c, t))
                        .toList()
                : List.of(DType.F32);
        dtypes.forEach(t -> out.add(new Line(c, t, false)));
        if (c.op() instanceof WholeGradient) {
            dtypes.forEach(t -> out.add(new Line(c, t, true)));
        }
        return out;
    }

    /** Whether the op takes its floating inputs in that type: some need their statistics in F32. */
    private static boolean takes(OpCase c, DType dtype) {
        try {
            c.op().infer(specs(c, dtype));
            return true;
        } catch (ZooException refused) {
            return dtype == DType.F32;
        }
    }

    /** Runs one line on fresh inputs of {@code seed}, on memory whose unwritten elements are NaN and whose edges devices watch. */
    public static Outcome check(Backend backend, Line line, long seed) {
        Memory.poison(true);
        try {
            return checked(backend, line, seed);
        } finally {
            Memory.poison(false);
        }
    }

    private static Outcome checked(Backend backend, Line line, long seed) {
        return TensorScope.use(() -> {
            Op op = line.op();
            Optional<String> refusal = backend.refusal(op, line.specs());
            if (refusal.isPresent()) {
                return new Outcome(line, refusal, Double.NaN);
            }
            List<Tensor> in = line.gradient ? gradientInputs(line, seed) : draw(line, seed);
            List<Tensor> truth = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(op, widened(line, in)));
            List<Tensor> answer = Exec.with(Reference.INSTANCE, () -> backend.execute(op, in));
            return new Outcome(line, Optional.empty(), error(answer, truth));
        });
    }

    private static List<Tensor> draw(Line line, long seed) {
        return line.asGiven() ? line.opCase.draw(seed) : line.opCase.draw(seed, line.dtype);
    }

    /** The inputs in F64, unless equal bits are asked for. */
    private static List<Tensor> widened(Line line, List<Tensor> in) {
        boolean bits = line.bound() == 0 || line.asGiven();
        return bits ? in : in.stream().map(t -> to(DType.F64, t)).toList();
    }

    private static Tensor to(DType dtype, Tensor t) {
        return t.dtype().isFloating()
                ? Tensor.of(dtype, t.toDoubles(), t.shape().dims())
                : t;
    }

    /** Every gradient that the op has, from cotangents of all its floating results. */
    private static GradientOf gradientOp(OpCase c, DType dtype) {
        List<TensorSpec> in = specs(c, dtype);
        List<TensorSpec> out = c.op().infer(in);
        return new GradientOf((WholeGradient) c.op(), in.size(), out.size(), floating(out), floating(in));
    }

    private static List<TensorSpec> specs(OpCase c, DType dtype) {
        return c.in().stream()
                .map(OpCase.Input::spec)
                .map(s -> s.dtype().isFloating() ? new TensorSpec(dtype, s.shape()) : s)
                .toList();
    }

    private static List<Integer> floating(List<TensorSpec> specs) {
        return IntStream.range(0, specs.size())
                .filter(i -> specs.get(i).dtype().isFloating())
                .boxed()
                .toList();
    }

    private static List<Tensor> gradientInputs(Line line, long seed) {
        List<Tensor> in = line.opCase.draw(seed, line.dtype);
        List<Tensor> wide = in.stream().map(t -> to(DType.F64, t)).toList();
        List<Tensor> out = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(line.opCase.op(), wide));
        // Statistics are wider than the inputs.
        List<TensorSpec> types = line.opCase.op().infer(specs(line.opCase, line.dtype));
        List<Tensor> all = new ArrayList<>(in);
        for (int i = 0; i < out.size(); i++) {
            all.add(to(types.get(i).dtype(), out.get(i)));
        }
        // Not the numbers of the inputs again: norms have no slope along x.
        SplittableRandom random = new SplittableRandom(seed).split();
        types.stream()
                .filter(t -> t.dtype().isFloating())
                .forEach(t -> all.add(Tensor.of(
                        t.dtype(),
                        random.doubles(t.shape().size(), -1, 1).toArray(),
                        t.shape().dims())));
        return all;
    }

    /**
     * Largest ||a - b|| / max(||b||, 1e-3 s) of the results, s the largest norm among them: what is all but zero beside the others, such as
     * the gradient to a row of one that is divided by its own size, is not measured by its own last digits. Infinite where shapes differ, or
     * one has an infinity or no number and the other has not the same.
     */
    private static double error(List<Tensor> a, List<Tensor> b) {
        double floor =
                FLOOR * b.stream().mapToDouble(t -> norm(t.toDoubles())).max().orElse(0);
        double worst = a.size() == b.size() ? 0 : Double.POSITIVE_INFINITY;
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            worst = Math.max(
                    worst,
                    a.get(i).shape().equals(b.get(i).shape())
                            ? error(a.get(i).toDoubles(), b.get(i).toDoubles(), floor)
                            : Double.POSITIVE_INFINITY);
        }
        return worst;
    }

    private static double norm(double[] x) {
        return Math.sqrt(
                Arrays.stream(x).filter(Double::isFinite).map(v -> v * v).sum());
    }

    private static double error(double[] a, double[] b, double floor) {
        double difference = 0;
        for (int i = 0; i < b.length; i++) {
            boolean same = a[i] == b[i] || Double.isNaN(a[i]) && Double.isNaN(b[i]);
            if (!same && (!Double.isFinite(a[i]) || !Double.isFinite(b[i]))) {
                return Double.POSITIVE_INFINITY;
            }
            difference += same ? 0 : (a[i] - b[i]) * (a[i] - b[i]);
        }
        return difference == 0 ? 0 : Math.sqrt(difference) / Math.max(Math.max(norm(b), floor), Double.MIN_NORMAL);
    }
}
