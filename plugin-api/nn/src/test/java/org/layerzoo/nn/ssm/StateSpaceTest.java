package org.layerzoo.nn.ssm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

class StateSpaceTest {
    private final Draws draws = Draws.seeded(3);

    private static DiagonalBank single(double re, double im) {
        return DiagonalBank.zeroOrderHold(
                Tensor.of(new double[] {re, im}, 1, 1, 2),
                Tensor.of(new double[] {0.1}, 1),
                Tensor.of(new double[] {1, 0}, 1, 1, 2),
                Tensor.of(new double[] {0}, 1));
    }

    private DiagonalBank bank(String name, int d, int n) {
        Tensor lambda = org.layerzoo.core.op.Complex.of(
                Ops.exp(draws.normal(name + "re", DType.F64, d, n)).neg(),
                draws.normal(name + "im", DType.F64, d, n).mul(4));
        return DiagonalBank.zeroOrderHold(
                lambda,
                draws.uniform(name + "dt", DType.F64, d).mul(0.2).add(0.01),
                draws.normal(name + "c", DType.F64, d, n, 2),
                draws.normal(name + "skip", DType.F64, d));
    }

    @Test
    void kernelOfOnePairIsTheWorkedExample() {
        assertArrayEquals(
                new double[] {0.195082, 0.185568, 0.176518, 0.167909},
                single(-0.5, 0).kernel(4).toDoubles(),
                1e-6);
        assertArrayEquals(
                new double[] {0.191929, 0.164773, 0.124467, 0.076111},
                single(-0.5, Math.PI).kernel(4).toDoubles(),
                1e-6);
    }

    @Test
    void bankConvolvesAsItScansAndStepsForLengthsThatAreNoSquares() {
        DiagonalBank b = bank("b", 3, 2);
        for (int t : new int[] {1, 2, 63, 65}) {
            Tensor u = draws.normal("u", DType.F64, 2, t, 3);
            StateSpace.Run scan = b.scan(u, b.start(2, DType.F64));
            assertTrue(Errors.relative(b.convolve(u), scan.y()) < 1e-10);
            StateSpace.Run last = t == 1
                    ? b.step(u.select(1, 0), b.start(2, DType.F64))
                    : b.step(
                            u.select(1, -1),
                            b.scan(u.slice(1, 0, t - 1), b.start(2, DType.F64)).state());
            assertTrue(Errors.relative(last.y(), scan.y().select(1, -1)) < 1e-10);
        }
    }

    @Test
    void powersKeepTheirAngleOverManyTokens() {
        double re = -1e-4;
        double im = 3.0;
        Diagonal d = new Diagonal(Tensor.of(new float[] {(float) re, (float) im}, 1, 2));
        int last = 9999;
        Tensor p = d.powers(last + 1);
        double size = Math.exp((float) re * (double) last);
        assertEquals(size * Math.cos((float) im * (double) last), p.get(0, last, 0), 1e-5);
        assertEquals(size * Math.sin((float) im * (double) last), p.get(0, last, 1), 1e-5);
    }

    @Test
    void holdOfSmallStepsIsTheStepItself() {
        Tensor held = Diagonal.hold(Tensor.of(new float[] {-0.5f, 2f}, 1, 2), Tensor.scalar(DType.F32, 1e-6));
        assertArrayEquals(new double[] {1e-6, 0}, held.toDoubles(), 1e-11);
    }

    @Test
    void kernelOfAGridIsTheOuterProduct() {
        DiagonalBank rows = bank("r", 2, 2);
        DiagonalBank columns = bank("c", 2, 2);
        int h = 3;
        int w = 4;
        Tensor x = draws.normal("x", DType.F64, 1, h, w, 2);
        Tensor kr = rows.kernel(h);
        Tensor kc = columns.kernel(w);
        double[] y = new double[h * w * 2];
        for (int i = 0; i < y.length; i++) {
            int ch = i % 2;
            for (int a = 0; a <= i / 2 / w; a++) {
                for (int b = 0; b <= i / 2 % w; b++) {
                    y[i] += kr.get(ch, a) * kc.get(ch, b) * x.get(0, i / 2 / w - a, i / 2 % w - b, ch);
                }
            }
        }
        assertTrue(Errors.relative(DiagonalBank.outer(rows, columns, x), Tensor.of(y, 1, h, w, 2)) < 1e-10);
    }

    @Test
    void ringStartsBetweenItsRadii() {
        Tensor nu = SsmInit.ring(0.9, 0.999).values("nu", Shape.of(200), DType.F64, draws);
        for (double r : Ops.exp(Ops.exp(nu).neg()).toDoubles()) {
            assertTrue(r >= 0.9 && r <= 0.999, "radius " + r);
        }
    }

    @Test
    void softplusOfTheStepBiasIsAStepInItsRange() {
        Tensor bias = SsmInit.softplusStep(1e-3, 1e-1).values("dt", Shape.of(200), DType.F64, draws);
        for (double dt : Ops.softplus(bias).toDoubles()) {
            assertTrue(dt >= 1e-3 - 1e-9 && dt <= 1e-1 + 1e-9, "step " + dt);
        }
    }

    @Test
    void selectiveSystemStepsAsItScansAndRefusesAKernel() {
        int d = 3;
        int n = 2;
        SelectiveSystem s = new SelectiveSystem(
                draws.normal("w", DType.F64, d, d),
                draws.normal("wb", DType.F64, d),
                Ops.exp(draws.normal("a", DType.F64, d, n)).neg(),
                draws.normal("in", DType.F64, n, d),
                draws.normal("out", DType.F64, n, d));
        Tensor u = draws.normal("su", DType.F64, 2, 5, d);
        Tensor state = s.start(2, DType.F64);
        StateSpace.Run scan = s.scan(u, state);
        for (int t = 0; t < 5; t++) {
            StateSpace.Run r = s.step(u.select(1, t), state);
            state = r.state();
            assertTrue(Errors.relative(r.y(), scan.y().select(1, t)) < 1e-10);
        }
        ZooException e = assertThrows(ZooException.class, () -> s.kernel(4));
        assertEquals(ErrorCode.UNSUPPORTED, e.code());
    }

    @Test
    void layerRefusesAFormItLacks() {
        SsmLayer l = new SsmLayer("bank", () -> bank("b", 3, 2), true);
        Tensors x = Tensors.of("x", draws.normal("u", DType.F64, 1, 4, 3));
        ZooException e =
                assertThrows(ZooException.class, () -> l.forward(x, Call.eval().with(new Call.Algorithm.Dense())));
        assertTrue(e.getMessage().contains("Dense"), e.getMessage());
    }
}
