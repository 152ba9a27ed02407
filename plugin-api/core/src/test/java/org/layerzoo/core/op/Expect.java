package org.layerzoo.core.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.GradCheck;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** What tests of ops say: run on the reference, compare with numbers written by hand, check gradients. */
public final class Expect {
    private Expect() {}

    public static <T> T onReference(Supplier<T> body) {
        return Exec.with(Reference.INSTANCE, body);
    }

    public static Tensor f64(int[] dims, double... values) {
        return Tensor.of(DType.F64, values, dims);
    }

    public static Tensor row(double... values) {
        return Tensor.of(DType.F64, values, values.length);
    }

    public static Tensor ids(long... values) {
        return Tensor.of(values, values.length);
    }

    public static int[] shape(int... dims) {
        return dims;
    }

    /** Shape, and every element within 1e-12. */
    public static void near(Tensor actual, int[] dims, double... expected) {
        assertEquals(Shape.of(dims), actual.shape());
        assertArrayEquals(expected, actual.toDoubles(), 1e-12);
    }

    public static void equal(Tensor actual, int[] dims, long... expected) {
        assertEquals(Shape.of(dims), actual.shape());
        assertEquals(DType.I64, actual.dtype());
        assertArrayEquals(expected, actual.toLongs());
    }

    /** The message of the one error that the body on the reference ends with. */
    public static String error(Supplier<?> body) {
        return assertThrows(ZooException.class, () -> onReference(body)).getMessage();
    }

    /** Gradients of sum(f(inputs)) to the floating inputs. */
    public static List<Tensor> gradients(Function<List<Tensor>, Tensor> f, Tensor... inputs) {
        return onReference(() -> {
            List<Tensor> wrt =
                    List.of(inputs).stream().filter(t -> t.dtype().isFloating()).toList();
            Tape tape = new Tape().watch(wrt);
            return tape.gradient(tape.record(() -> f.apply(List.of(inputs))), wrt);
        });
    }

    /** Tape against finite differences: at most 1e-6 relative on every floating input. */
    public static void gradientHolds(Function<List<Tensor>, List<Tensor>> f, Tensor... inputs) {
        small(GradCheck.check(f, List.of(inputs), 11), 1e-6);
    }

    /** The same for second derivatives. */
    public static void secondOrderHolds(Function<List<Tensor>, List<Tensor>> f, Tensor... inputs) {
        small(GradCheck.second(f, List.of(inputs), 13), 1e-6);
    }

    /** The same for a line of a case table. */
    public static void gradientHolds(OpCase c) {
        small(GradCheck.check(in -> Exec.apply(c.op(), in), c.draw(5, DType.F64), 7), 1e-6);
    }

    /** What the reference gives has the types that the op infers. */
    public static void inferredTypes(OpCase c) {
        List<Tensor> in = c.draw(3);
        List<Tensor> out = onReference(() -> Exec.apply(c.op(), in));
        List<TensorSpec> specs = in.stream().map(Tensor::spec).toList();
        assertEquals(c.op().infer(specs), out.stream().map(Tensor::spec).toList());
    }

    public static void small(double[] errors, double bound) {
        for (int i = 0; i < errors.length; i++) {
            assertTrue(
                    errors[i] <= bound, "relative error " + errors[i] + " of floating input " + i + " above " + bound);
        }
    }

    /** Numbers of a seed, uniform in [-1, 1). */
    public static Tensor random(long seed, int... dims) {
        int n = Math.toIntExact(Shape.of(dims).size());
        return Tensor.of(
                DType.F64,
                new java.util.SplittableRandom(seed).doubles(n, -1, 1).toArray(),
                dims);
    }
}
