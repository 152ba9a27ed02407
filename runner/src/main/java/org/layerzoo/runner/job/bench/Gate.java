package org.layerzoo.runner.job.bench;

import java.util.OptionalInt;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;

/**
 * No figure without a right result: the run is compared with the scalar reference in F64 on the same numbers at up to 512 tokens
 * (128 for gradients); for a causal layer also the first rows of the run at full length, whose past the reference has seen.
 */
final class Gate {
    private static final int LONGEST = 512;
    private static final int LONGEST_BACKWARD = 128;

    private final Workload workload;
    private final Question question;
    private final OpInterpreter on;
    private final int few;
    private final Tensors expected;

    /** What was compared: the largest relative error of a tensor, and the length of the run whose rows were compared. */
    record Verdict(double error, int length) {}

    /** @param workload built for {@code few} tokens, see {@link #length} */
    Gate(Workload workload, Question question, OpInterpreter on, int few) {
        this.workload = workload;
        this.question = question;
        this.on = on;
        this.few = few;
        this.expected = TensorScope.use(this::reference);
    }

    /** What the run should give, in F64. */
    private Tensors reference() {
        Workload wide = workload.in(DType.F64);
        return switch (question.pass()) {
            case FORWARD -> Runs.forward(wide, wide(workload.inputs(few)), Reference.INSTANCE);
            case BACKWARD -> Runs.backward(wide, wide(workload.inputs(few)), Reference.INSTANCE);
            case DECODE -> lastRow(Runs.forward(wide, wide(workload.inputs(few + 1)), Reference.INSTANCE));
        };
    }

    /** Whether this gate is the one for {@code other}: the reference is slow, so lengths share it. */
    boolean serves(Workload other, int length) {
        return workload == other && few == length;
    }

    /** The length at which a run of {@code length} tokens is compared. */
    static int length(Question q, int length) {
        return Math.min(length, q.pass() == Question.Pass.FORWARD ? LONGEST : LONGEST_BACKWARD);
    }

    /**
     * Compares; {@code full} is the workload at {@code length}, or the same one when both lengths have one configuration.
     *
     * @throws ZooException NOT_FINITE or CHECK_FAILED when the result is wrong
     */
    Verdict check(Workload full, int length) {
        Verdict v = TensorScope.use(() -> switch (question.pass()) {
            case FORWARD -> forward(full, length);
            case BACKWARD -> backward();
            case DECODE -> decode();
        });
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

    private Verdict backward() {
        return new Verdict(error(Runs.backward(workload, workload.inputs(few), on), expected), few);
    }

    private Verdict decode() {
        Tensors given = Runs.Decoding.after(workload, few, question.batch(), question.dtype(), on)
                .step();
        return new Verdict(error(given, expected), few);
    }

    private Verdict forward(Workload full, int length) {
        Tensors short_ = workload.inputs(few);
        double error = error(Runs.forward(workload, short_, on), expected);
        if (length == few
                || full != workload
                || workload.signature().contract().causality() != Contract.Causality.EXACT) {
            return new Verdict(error, few);
        }
        Tensors long_ = workload.inputs(length);
        Tensors joined = Tensors.empty();
        for (String name : long_.names()) {
            joined = joined.with(name, joined(short_.get(name), long_.get(name)));
        }
        return new Verdict(Math.max(error, error(Runs.forward(workload, joined, on), expected)), length);
    }

    /** The long tensor with the short one at the start of the axis in which they differ. */
    private static Tensor joined(Tensor few, Tensor many) {
        OptionalInt axis = longer(few.shape(), many.shape());
        return axis.isEmpty()
                ? many
                : Ops.concat(
                        axis.getAsInt(),
                        few,
                        many.slice(axis.getAsInt(), few.dim(axis.getAsInt()), many.dim(axis.getAsInt())));
    }

    private static OptionalInt longer(Shape few, Shape many) {
        for (int i = 0; i < many.rank(); i++) {
            if (few.dim(i) != many.dim(i)) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    private Tensors lastRow(Tensors out) {
        Tensors last = Tensors.empty();
        for (Port p : workload.signature().out()) {
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

    /** Largest error over the expected tensors; given ones may be longer along one axis. */
    private static double error(Tensors given, Tensors expected) {
        double worst = 0;
        for (String name : expected.names()) {
            Tensor e = expected.get(name);
            if (e.dtype().isFloating()) {
                Tensor g = given.get(name);
                OptionalInt axis = longer(e.shape(), g.shape());
                Tensor part = axis.isEmpty() ? g : g.slice(axis.getAsInt(), 0, e.dim(axis.getAsInt()));
                double r = Errors.relative(part.cast(DType.F64), e);
                worst = Double.isNaN(r) ? r : Math.max(worst, r);
            }
        }
        return worst;
    }
}
