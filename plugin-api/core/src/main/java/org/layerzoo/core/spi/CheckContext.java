package org.layerzoo.core.spi;

import java.util.function.Supplier;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Draws and assertions of a check. Every assertion counts; a check that asserts nothing fails. */
public final class CheckContext {
    private final Draws draws;
    private int assertions;

    public CheckContext(Draws draws) {
        this.draws = draws;
    }

    /** Named draws of this run's seed. */
    public Draws draws() {
        return draws;
    }

    public Tensor normal(String name, int... dims) {
        return draws.normal(name, DType.F32, dims);
    }

    /** Standard normal in F64. */
    public Tensor normal64(String name, int... dims) {
        return draws.normal(name, DType.F64, dims);
    }

    public int assertions() {
        return assertions;
    }

    /** ||a - b|| / ||b|| at most {@code tolerance}; non-finite values fail. */
    public void close(String what, Tensor actual, Tensor expected, double tolerance) {
        assertions++;
        double e = Errors.relative(actual, expected);
        if (!(e <= tolerance)) {
            throw new Check.Failed(what + ": relative error " + e + " above " + tolerance);
        }
    }

    public void close(String what, double actual, double expected, double tolerance) {
        assertions++;
        if (!(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)))) {
            throw new Check.Failed(
                    what + ": " + expected + " expected, given " + actual + " (tolerance " + tolerance + ")");
        }
    }

    /** Same type, shape and bits. */
    public void same(String what, Tensor actual, Tensor expected) {
        assertions++;
        if (!Errors.sameBits(actual, expected)) {
            throw new Check.Failed(what + ": bits differ (" + actual.spec() + " against " + expected.spec() + ")");
        }
    }

    public void equal(String what, Object actual, Object expected) {
        assertions++;
        if (!expected.equals(actual)) {
            throw new Check.Failed(what + ": " + expected + " expected, given " + actual);
        }
    }

    public void isTrue(String what, boolean condition) {
        assertions++;
        if (!condition) {
            throw new Check.Failed(what);
        }
    }

    public void finite(String what, Tensor t) {
        assertions++;
        if (!Errors.finite(t)) {
            throw new Check.Failed(what + ": holds NaN or infinity");
        }
    }

    /** The body must refuse with a message that contains {@code part}. */
    public void refuses(String what, String part, Supplier<?> body) {
        assertions++;
        try {
            body.get();
        } catch (ZooException | UnsupportedOperationException e) {
            if (e.getMessage() != null && e.getMessage().contains(part)) {
                return;
            }
            throw new Check.Failed(what + ": refused, but not because of '" + part + "': " + e.getMessage());
        }
        throw new Check.Failed(what + ": should have been refused");
    }

    /** The same in F64 under the scalar reference. */
    public <T> T inReference(Supplier<T> body) {
        return org.layerzoo.core.exec.Exec.with(Reference.INSTANCE, body);
    }
}
