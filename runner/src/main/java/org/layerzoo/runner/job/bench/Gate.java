package org.layerzoo.runner.job.bench;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;

/**
 * No figure without a right result. A run is compared on the same numbers with the scalar reference in F64 at up to 512 tokens
 * (gradients with the decomposition in F64), and at full length with {@link SampledReference} on 64 rows, where that can be evaluated.
 */
final class Gate {
    private static final int LONGEST = 512;

    private final Workload workload;
    private final Question question;
    private final int few;
    private final Tensors expected;
    private Optional<Far> far = Optional.empty();

    /** Rows of the reference at a full length, absent where it can't be evaluated; implementations share them. */
    private record Far(Workload workload, int length, Optional<Tensors> rows) {}

    /** What was compared: the largest relative error of a tensor, and the length of the longest run whose rows were compared. */
    record Verdict(double error, int length) {}

    /** @param workload built for {@code few} tokens, see {@link #length} */
    Gate(Workload workload, Question question, int few) {
        this.workload = workload;
        this.question = question;
        this.few = few;
        this.expected = TensorScope.use(this::reference);
    }

    /** What the run should give, in F64. */
    private Tensors reference() {
        Workload wide = workload.in(DType.F64);
        return switch (question.pass()) {
            case FORWARD -> Runs.forward(wide, wide(workload.inputs(few)), Reference.INSTANCE);
            case BACKWARD -> Runs.backward(wide, wide(workload.inputs(few)), sampled(false));
            case DECODE -> lastRow(wide, Runs.forward(wide, wide(workload.inputs(few + 1)), Reference.INSTANCE));
        };
    }

    private static SampledReference sampled(boolean sampling) {
        return new SampledReference(Dispatcher.of("auto", false), sampling);
    }

    /** Called at the end of a length, whose scope owns the reference's rows. */
    void forget() {
        far = Optional.empty();
    }

    /** Whether this gate is the one for {@code other}: the reference is slow, so lengths share it. */
    boolean serves(Workload other, int length) {
        return workload == other && few == length;
    }

    /** The length at which a run of {@code length} tokens is compared with the whole reference. */
    static int length(int length) {
        return Math.min(length, LONGEST);
    }

    /**
     * Compares what {@code on} computes; {@code full} is the workload at {@code length}, or the same one when both lengths have one configuration.
     *
     * @throws ZooException NOT_FINITE or CHECK_FAILED when the result is wrong
     */
    Verdict check(Workload full, int length, OpInterpreter on) {
        Verdict v = passed(new Verdict(TensorScope.use(() -> error(run(workload, few, on), expected)), few), question);
        OptionalDouble more = length > few ? atFullLength(full, length, on) : OptionalDouble.empty();
        return more.isEmpty() ? v : passed(new Verdict(Math.max(v.error(), more.getAsDouble()), length), question);
    }

    /** @throws ZooException NOT_FINITE or CHECK_FAILED when the error is too large */
    static Verdict passed(Verdict v, Question question) {
        if (!(v.error() <= tolerance(question.dtype()))) {
            throw new ZooException(
                    Double.isNaN(v.error()) ? ErrorCode.NOT_FINITE : ErrorCode.CHECK_FAILED,
                    "the result is wrong: relative error " + v.error() + " against the reference at length "
                            + v.length() + ", " + tolerance(question.dtype()) + " allowed");
        }
        return v;
    }

    /** Rounding of one op of the type, with room for sums over the length. */
    private static double tolerance(DType d) {
        return switch (d) {
            case F64 -> 1e-9;
            case F32 -> 1e-4;
            case F16 -> 1e-2;
            default -> 5e-2;
        };
    }

    private Tensors run(Workload w, int length, OpInterpreter on) {
        return switch (question.pass()) {
            case FORWARD -> Runs.forward(w, w.inputs(length), on);
            case BACKWARD -> Runs.backward(w, w.inputs(length), on);
            case DECODE ->
                Runs.Decoding.after(w, length, question.batch(), question.dtype(), on)
                        .step();
        };
    }

    /** Absent where the reference does not fit into time or memory, or where the sampled rows depend on rows not sampled. */
    private OptionalDouble atFullLength(Workload full, int length, OpInterpreter on) {
        if (question.pass() == Question.Pass.BACKWARD) {
            return OptionalDouble.empty();
        }
        if (far.filter(f -> f.workload == full && f.length == length).isEmpty()) {
            far = Optional.of(new Far(full, length, TensorScope.use(() -> referenceRows(full, length))));
        }
        return far.get()
                .rows
                .map(r -> TensorScope.use(() -> error(rowsLike(r, run(full, length, on)), r)))
                .map(OptionalDouble::of)
                .orElse(OptionalDouble.empty());
    }

    private Optional<Tensors> referenceRows(Workload full, int length) {
        Workload wide = full.in(DType.F64);
        boolean decode = question.pass() == Question.Pass.DECODE;
        Tensors in = wide(full.inputs(decode ? length + 1 : length));
        try {
            Tensors out = Runs.forward(wide, in, sampled(true));
            Tensors rows = decode ? lastRow(wide, out) : sampledRows(out);
            return rows.asMap().values().stream().allMatch(t -> !t.dtype().isFloating() || Errors.finite(t))
                    ? Optional.of(rows)
                    : Optional.empty();
        } catch (ZooException e) {
            if (e.code() == ErrorCode.UNSUPPORTED || e.code() == ErrorCode.OUT_OF_MEMORY) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Of every output that grows with the length: its sampled rows along the axis that grows. */
    private Tensors sampledRows(Tensors out) {
        Tensors rows = Tensors.empty();
        for (String name : expected.names()) {
            Tensor t = out.get(name);
            OptionalInt axis = longer(expected.get(name).shape(), t.shape());
            rows = rows.with(name, axis.isEmpty() ? t : rowsOf(t, axis.getAsInt()));
        }
        return rows;
    }

    private static Tensor rowsOf(Tensor t, int axis) {
        long[] rows = SampledReference.rows(t.dim(axis));
        return Ops.indexSelect(t, axis, Tensor.of(rows, rows.length));
    }

    /** The rows of a run that the reference has. */
    private static Tensors rowsLike(Tensors reference, Tensors given) {
        Tensors rows = Tensors.empty();
        for (String name : reference.names()) {
            Tensor t = given.get(name);
            OptionalInt axis = longer(reference.get(name).shape(), t.shape());
            rows = rows.with(name, axis.isEmpty() ? t : rowsOf(t, axis.getAsInt()));
        }
        return rows;
    }

    /** The axis in which the second shape differs from the first. */
    private static OptionalInt longer(Shape few, Shape many) {
        for (int i = 0; i < many.rank(); i++) {
            if (few.dim(i) != many.dim(i)) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    private static Tensors lastRow(Workload w, Tensors out) {
        Tensors last = Tensors.empty();
        for (Port p : w.signature().out()) {
            if (out.has(p.name()) && p.tokenAxis() >= 0) {
                Tensor t = out.get(p.name());
                last = last.with(p.name(), t.slice(p.tokenAxis(), t.dim(p.tokenAxis()) - 1, t.dim(p.tokenAxis())));
            }
        }
        return last;
    }

    private static Tensors wide(Tensors in) {
        return in.map(t -> t.dtype().isFloating() ? t.cast(DType.F64) : t);
    }

    /** Largest error over the expected tensors. */
    private static double error(Tensors given, Tensors expected) {
        double worst = 0;
        for (String name : expected.names()) {
            Tensor e = expected.get(name);
            if (e.dtype().isFloating()) {
                double r = Errors.relative(given.get(name).cast(DType.F64), e);
                worst = Double.isNaN(r) ? r : Math.max(worst, r);
            }
        }
        return worst;
    }
}
