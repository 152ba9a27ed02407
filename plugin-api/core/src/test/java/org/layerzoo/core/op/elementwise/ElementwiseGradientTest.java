package org.layerzoo.core.op.elementwise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.op.GroupGradients;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

class ElementwiseGradientTest {
    private static final double INF = Double.POSITIVE_INFINITY;

    static Stream<OpCase> smooth() {
        return GroupGradients.differentiable(ElementwiseCases.all());
    }

    /** Digamma's second derivative would need tetragamma. */
    static Stream<OpCase> twiceSmooth() {
        return smooth().filter(c -> !(c.op() instanceof Primitive.Unary u && u.fn() == UnaryFn.DIGAMMA))
                .filter(c -> c.in().getFirst().spec().shape().size() <= 21);
    }

    @ParameterizedTest
    @MethodSource("smooth")
    void gradientEqualsFiniteDifferences(OpCase c) {
        GroupGradients.assertFirst(c);
    }

    @ParameterizedTest
    @MethodSource("twiceSmooth")
    void secondDerivativeEqualsFiniteDifferences(OpCase c) {
        GroupGradients.assertSecond(c);
    }

    private static <T> T reference(Supplier<T> body) {
        return Exec.with(Reference.INSTANCE, body);
    }

    private static List<double[]> gradients(Function<List<Tensor>, Tensor> f, Tensor... in) {
        return reference(() -> {
            Tape tape = new Tape().watch(in);
            Tensor y = tape.record(() -> f.apply(List.of(in)));
            return tape.gradient(y, List.of(in)).stream().map(Tensor::toDoubles).toList();
        });
    }

    private static Tensor t(double... v) {
        return Tensor.of(v, v.length);
    }

    @Test
    void maximumAndMinimumGiveHalfOfTheGradientToEachInTies() {
        List<double[]> max = gradients(in -> Ops.maximum(in.get(0), in.get(1)), t(1, 2, 3), t(2, 2, 2));
        assertArrayEquals(new double[] {0, 0.5, 1}, max.get(0));
        assertArrayEquals(new double[] {1, 0.5, 0}, max.get(1));
        List<double[]> min = gradients(in -> Ops.minimum(in.get(0), in.get(1)), t(1, 2, 3), t(2, 2, 2));
        assertArrayEquals(new double[] {1, 0.5, 0}, min.get(0));
        assertArrayEquals(new double[] {0, 0.5, 1}, min.get(1));
    }

    @Test
    void clampPassesTheGradientInsideAndAtItsBounds() {
        double[] g = gradients(in -> Ops.clamp(in.getFirst(), -1, 1), t(-2, -1, 0, 1, 2))
                .getFirst();
        assertArrayEquals(new double[] {0, 1, 1, 1, 0}, g);
    }

    @Test
    void slopesAtKinksAreAsDocumented() {
        assertArrayEquals(
                new double[] {0, 0, 1},
                gradients(in -> Ops.relu(in.getFirst()), t(-1, 0, 1)).getFirst());
        assertArrayEquals(
                new double[] {0.2, 0.2, 1},
                gradients(in -> Ops.leakyRelu(in.getFirst(), 0.2), t(-1, 0, 1)).getFirst());
        assertArrayEquals(
                new double[] {-1, 0, 1},
                gradients(in -> Ops.abs(in.getFirst()), t(-1, 0, 1)).getFirst());
        assertArrayEquals(
                new double[] {1, 0, 0, 0},
                gradients(in -> Ops.softshrink(in.getFirst(), 1), t(-2, -1, 0, 1))
                        .getFirst());
    }

    @Test
    void powerHasFiniteGradientsAtZeroWhereTheyExist() {
        assertArrayEquals(
                new double[] {1, 1},
                gradients(in -> in.getFirst().pow(1), t(0, 5)).getFirst());
        assertArrayEquals(
                new double[] {0, 0},
                gradients(in -> in.getFirst().pow(0), t(0, 5)).getFirst());
        List<double[]> g = gradients(in -> in.get(0).pow(in.get(1)), t(0, 0, 2), t(0, 2, 0));
        assertArrayEquals(new double[] {0, 0, 0}, g.get(0));
        assertArrayEquals(new double[] {0, 0, Math.log(2)}, g.get(1), 1e-15);
    }

    @Test
    void logAddExpOfTwoEmptySetsHasNoGradientAndOtherwiseItsShares() {
        List<double[]> g = gradients(in -> Ops.logAddExp(in.get(0), in.get(1)), t(-INF, -INF, 0), t(-INF, 1, 0));
        assertArrayEquals(new double[] {0, 0, 0.5}, g.get(0), 1e-15);
        assertArrayEquals(new double[] {0, 1, 0.5}, g.get(1), 1e-15);
    }

    @Test
    void eluHasAFiniteGradientFarToTheRight() {
        assertArrayEquals(
                new double[] {1},
                gradients(in -> Ops.elu(in.getFirst(), 1), t(1000)).getFirst());
    }

    @Test
    void theGradientOfACastComesBackInTheInputsDtype() {
        reference(() -> {
            Tensor x = Tensor.of(DType.F64, new double[] {1, 2}, 2);
            Tape tape = new Tape().watch(x);
            Tensor y = tape.record(() -> x.cast(DType.F32).mul(3));
            Tensor g = tape.gradient(y, List.of(x)).getFirst();
            assertEquals(DType.F64, g.dtype());
            assertArrayEquals(new double[] {3, 3}, g.toDoubles());
            return g;
        });
    }

    @Test
    void trigammaRefusesItsGradientByName() {
        ZooException e = assertThrows(
                ZooException.class, () -> gradients(in -> Ops.unary(UnaryFn.TRIGAMMA, in.getFirst()), t(2)));
        assertEquals(ErrorCode.UNSUPPORTED, e.code());
        assertEquals(
                "trigamma: the gradient (tetragamma) is not provided: at most two derivatives of lgamma, one of digamma",
                e.getMessage());
    }
}
