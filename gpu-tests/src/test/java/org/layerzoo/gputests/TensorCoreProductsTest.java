package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive.MatMul;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.testkit.backend.BackendCases;
import org.layerzoo.testkit.backend.BackendCases.Line;
import org.layerzoo.testkit.backend.BackendCases.Outcome;

/** Products by the kernels for tensor cores, on the emulation of their instructions, against the reference in F64. */
class TensorCoreProductsTest {
    private static final EmulatedTensorCores CORES = EmulatedTensorCores.BACKEND;

    @BeforeEach
    void poison() {
        Memory.poison(true);
    }

    @AfterEach
    void clean() {
        Memory.poison(false);
    }

    private static Tensor random(DType t, int seed, int... dims) {
        int n = (int) TensorSpec.of(t, dims).shape().size();
        return Tensor.of(t, new SplittableRandom(seed).doubles(n, -1, 1).toArray(), dims);
    }

    private static Tensor widened(Tensor t) {
        return Tensor.of(DType.F64, t.toDoubles(), t.shape().dims());
    }

    /** Every result within its own rounding, and that of sums of a few hundred terms in F32. */
    private static void agrees(Op op, Tensor... in) {
        List<Tensor> inputs = List.of(in);
        List<TensorSpec> specs = inputs.stream().map(Tensor::spec).toList();
        assertEquals("mma", CORES.kernel(op, specs));
        double step = specs.getFirst().dtype() == DType.BF16 ? 0x1p-8 : 0x1p-11;
        double[] given = Exec.with(Reference.INSTANCE, () -> CORES.execute(op, inputs))
                .getFirst()
                .toDoubles();
        double[] expected = Exec.with(
                        Reference.INSTANCE,
                        () -> Reference.INSTANCE.apply(
                                op,
                                inputs.stream()
                                        .map(TensorCoreProductsTest::widened)
                                        .toList()))
                .getFirst()
                .toDoubles();
        assertEquals(expected.length, given.length);
        for (int i = 0; i < expected.length; i++) {
            double bound = step * Math.abs(expected[i]) + 2e-5;
            assertTrue(
                    Math.abs(given[i] - expected[i]) <= bound,
                    op + " at " + i + ": " + given[i] + ", expected " + expected[i]);
        }
    }

    /** Sizes below a tile, beyond one, and whole; rows that begin at multiples of 16 bytes and such that do not. */
    @ParameterizedTest
    @CsvSource({
        "false, false, 9, 200, 47, BF16",
        "false, false, 136, 136, 104, F16",
        "false, true, 131, 9, 33, F16",
        "false, true, 128, 144, 96, BF16",
        "true, false, 200, 130, 40, BF16",
        "true, false, 129, 67, 65, F16",
        "true, true, 77, 136, 64, F16",
        "true, true, 144, 33, 39, BF16"
    })
    void operandsOfEveryLayoutAndOfOddSizesAreMultiplied(boolean ta, boolean tb, int m, int n, int k, DType t) {
        Tensor a = ta ? random(t, 1, k, m) : random(t, 1, m, k);
        Tensor b = tb ? random(t, 2, n, k) : random(t, 2, k, n);
        TensorScope.run(() -> agrees(new MatMul(ta, tb), a, b));
    }

    @Test
    void aSumOfManyTermsIsSharedByBlocksAndJoined() {
        TensorScope.run(() ->
                agrees(new MatMul(false, true), random(DType.BF16, 3, 16, 1096), random(DType.BF16, 4, 24, 1096)));
    }

    @Test
    void axesOfABatchBroadcast() {
        TensorScope.run(() ->
                agrees(new MatMul(false, false), random(DType.F16, 5, 2, 1, 20, 40), random(DType.F16, 6, 3, 40, 24)));
    }

    @Test
    void tilesAreSharedOutInGroupsOfRowsWhoseLastIsSmaller() {
        TensorScope.run(
                () -> agrees(new MatMul(false, true), random(DType.BF16, 7, 2180, 32), random(DType.BF16, 8, 150, 32)));
    }

    @Test
    void operandsThatBeginAtAnOddElementAreReadOneByOne() {
        TensorScope.run(() -> agrees(
                new MatMul(false, true), random(DType.BF16, 9, 21, 39).rows(1, 21), random(DType.BF16, 10, 24, 39)));
    }

    @ParameterizedTest
    @CsvSource({"true, GELU, 131, 40", "false, SILU, 30, 33"})
    void biasAndActivationAreAppliedToSumsInF32(boolean bias, Activation fn, int n, int k) {
        Op op = new LinearMap(bias, fn);
        Tensor x = random(DType.F16, 11, 2, 9, k);
        Tensor w = random(DType.F16, 12, n, k);
        TensorScope.run(() -> {
            if (bias) {
                agrees(op, x, w, random(DType.F16, 13, n));
            } else {
                agrees(op, x, w);
            }
        });
    }

    static Stream<Line> lines() {
        return Stream.of(BackendCases.primitives(), BackendCases.fused())
                .flatMap(List::stream)
                .filter(l -> l.op() instanceof MatMul || l.op() instanceof LinearMap)
                .filter(l -> CORES.refusal(l.op(), l.specs()).isEmpty())
                .filter(l -> CORES.kernel(l.op(), l.specs()).equals("mma"));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void casesThatTensorCoresTakeStayWithinTheirBounds(Line line) {
        Outcome o = BackendCases.check(CORES, line, 19);
        assertTrue(o.passed(), o.toString());
    }

    @Test
    void otherTypesSmallSumsAndOtherDevicesAreLeftToTheCommonKernels() {
        Op op = new MatMul(false, false);
        assertEquals("common", CORES.kernel(op, specs(DType.F32, 128, 128, 128)));
        assertEquals("common", CORES.kernel(op, specs(DType.BF16, 128, 128, 31)));
        assertEquals("common", CORES.kernel(op, specs(DType.BF16, 8, 128, 128)));
        assertEquals("mma", CORES.kernel(op, specs(DType.BF16, 9, 9, 32)));
        String here = Dispatcher.backend("oneapi:opencl").kernel(op, specs(DType.BF16, 128, 128, 128));
        assertTrue(!here.contains("mma"), here);
    }

    private static List<TensorSpec> specs(DType t, int m, int n, int k) {
        return List.of(TensorSpec.of(t, m, k), TensorSpec.of(t, k, n));
    }
}
