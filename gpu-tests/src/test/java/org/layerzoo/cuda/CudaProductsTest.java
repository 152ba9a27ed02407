package org.layerzoo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Primitive.MatMul;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.testkit.backend.BackendBench;
import org.layerzoo.testkit.backend.BackendCases;
import org.layerzoo.testkit.backend.BackendCases.Line;
import org.layerzoo.testkit.backend.BackendCases.Outcome;

/** Matrix products by cuBLASLt: what goes there, and that operands, batches and biases arrive as they are meant. */
class CudaProductsTest {
    private static final long SEED = 17;

    static {
        CudaShim.get("launches");
    }

    private static final Backend CUDA = Dispatcher.backend("cuda");

    static Stream<Line> lines() {
        return Stream.of(BackendCases.primitives(), BackendCases.fused())
                .flatMap(List::stream)
                .filter(l -> l.op() instanceof MatMul || l.op() instanceof LinearMap)
                .filter(l -> CUDA.kernel(l.op(), l.specs()).equals("cublaslt"));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void productsByTheLibraryStayWithinTheCasesBound(Line line) {
        long before = CudaShim.products();
        Outcome o = BackendCases.check(CUDA, line, SEED);
        assertEquals(Optional.empty(), o.refusal());
        assertTrue(o.passed(), o.toString());
        assertEquals(1, CudaShim.products() - before, "computed by the library");
    }

    private static String kernel(boolean transposeA, boolean transposeB, DType dtype, int[] a, int[] b) {
        return CUDA.kernel(
                new MatMul(transposeA, transposeB), List.of(TensorSpec.of(dtype, a), TensorSpec.of(dtype, b)));
    }

    @Test
    void theLibraryTakesPlainAndBatchedProductsOfAllFloatingTypes() {
        for (DType t : List.of(DType.F32, DType.F64, DType.BF16, DType.F16)) {
            assertEquals("cublaslt", kernel(false, false, t, new int[] {5, 7}, new int[] {7, 3}));
            assertEquals("cublaslt", kernel(true, true, t, new int[] {4, 7, 5}, new int[] {4, 3, 7}));
            assertEquals("cublaslt", kernel(false, false, t, new int[] {4, 5, 7}, new int[] {7, 3}));
        }
    }

    @Test
    void ownKernelsTakeBatchesThatBroadcastInPartAndSumsWithoutTerms() {
        assertEquals("ptx", kernel(false, false, DType.F32, new int[] {4, 1, 5, 7}, new int[] {1, 3, 7, 3}));
        assertEquals("ptx", kernel(false, false, DType.F32, new int[] {5, 0}, new int[] {0, 3}));
    }

    @Test
    void ownKernelsMultiplyHalvesByTensorCoresWhereTheDeviceHasThem() {
        int[] a = {2, 1, 20, 33};
        int[] b = {1, 3, 33, 12};
        assertEquals("ptx:mma", kernel(false, false, DType.F16, a, b));
        assertEquals("ptx:mma", kernel(false, false, DType.BF16, a, b));
        assertEquals("ptx", kernel(false, false, DType.F32, a, b));
        double[] ramp =
                IntStream.range(0, 3 * 33 * 20).mapToDouble(i -> i % 7 - 3).toArray();
        Supplier<double[]> product =
                () -> TensorScope.use(() -> Tensor.of(DType.F16, Arrays.copyOf(ramp, 2 * 20 * 33), a)
                        .matmul(Tensor.of(DType.F16, Arrays.copyOf(ramp, 3 * 33 * 12), b))
                        .toDoubles());
        assertArrayEquals(
                Exec.with(Dispatcher.of("reference", true), product), Exec.with(Dispatcher.of("cuda", true), product));
    }

    @Test
    void activationsThatTheLibraryLacksFollowItUnlessThereAreFewRows() {
        List<TensorSpec> few = List.of(TensorSpec.of(DType.BF16, 3, 7), TensorSpec.of(DType.BF16, 5, 7));
        List<TensorSpec> many = List.of(TensorSpec.of(DType.BF16, 30, 7), TensorSpec.of(DType.BF16, 5, 7));
        assertEquals("cublaslt", CUDA.kernel(new LinearMap(false, Activation.RELU), few));
        assertEquals("cublaslt", CUDA.kernel(new LinearMap(false, Activation.GELU_TANH), few));
        assertEquals("ptx", CUDA.kernel(new LinearMap(false, Activation.SILU), few));
        assertEquals("cublaslt", CUDA.kernel(new LinearMap(false, Activation.SILU), many));
        long launches = CudaShim.get("launches");
        Outcome gelu = lines().filter(l -> l.toString().startsWith("linear: 65 x 1000 x 63, F32"))
                .map(l -> BackendCases.check(CUDA, l, SEED))
                .findFirst()
                .orElseThrow();
        assertTrue(gelu.passed(), gelu.toString());
        assertEquals(1, CudaShim.get("launches") - launches, "the activation");
    }

    /** The second row of a BF16 matrix of odd width lies at an odd multiple of two bytes, for which the library has no kernel. */
    @Test
    void operandsThatLieTooOddlyForTheLibraryAreMultipliedByOwnKernels() {
        double[] numbers =
                IntStream.range(0, 9 * 12).mapToDouble(i -> i % 5 - 2).toArray();
        double[] got = TensorScope.use(() -> Exec.with(Dispatcher.of("cuda", true), () -> {
            long before = CudaShim.products();
            Tensor x = Tensor.of(DType.BF16, numbers, 12, 9).rows(1, 12);
            Tensor y = x.matmul(Tensor.of(DType.BF16, new double[] {1, 0, 0, 0, 0, 0, 0, 0, 2}, 9, 1));
            double[] out = y.toDoubles();
            assertEquals(before, CudaShim.products());
            return out;
        }));
        double[] expected = new double[11];
        for (int i = 0; i < 11; i++) {
            expected[i] = numbers[9 * (i + 1)] + 2 * numbers[9 * (i + 1) + 8];
        }
        assertArrayEquals(expected, got);
    }

    @Test
    void aThreadThatNeverUsedTheDeviceMayAskForAProduct() throws Exception {
        List<TensorSpec> in = List.of(TensorSpec.of(DType.F32, 123, 45), TensorSpec.of(DType.F32, 45, 67));
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            assertEquals(
                    "cublaslt",
                    thread.submit(() -> CUDA.kernel(new MatMul(false, false), in))
                            .get());
        }
    }

    @Test
    void theLibrarysWorkIsRecordedWithTheRest() {
        TensorScope.run(() -> Exec.run(Dispatcher.of("cuda", true), () -> {
            Tensor w = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
            Tensor bias = Tensor.of(new float[] {10, 20}, 2);
            Tensors in = Tensors.of("x", Tensor.of(new float[] {1, 1}, 1, 2));
            try (Backend.Recorded r = CUDA.record(in, x -> Tensors.of("y", Fused.linear(x.get("x"), w, bias)))) {
                Tensor x = Tensor.of(new float[] {1, -1}, 1, 2);
                assertArrayEquals(
                        new float[] {9, 19},
                        r.replay(Tensors.of("x", x)).get("y").toFloats());
                assertArrayEquals(new float[] {13, 27}, r.replay(in).get("y").toFloats());
            }
        }));
    }

    @Test
    void theBenchmarkRunsThroughAndIsOneDocument() {
        String json = BackendBench.run("cuda", true);
        assertTrue(json.contains("{\"name\":\"matmul 64 BF16\",\"kernel\":\"cublaslt\",\"microseconds\":"), json);
        assertTrue(json.contains("{\"name\":\"12 blocks, replayed\",\"kernel\":\"\",\"microseconds\":"), json);
        assertEquals(
                json.chars().filter(c -> c == '{').count(),
                json.chars().filter(c -> c == '}').count());
    }

    @Test
    void theDoctorNamesTheLibrary() {
        String details = String.join("\n", CUDA.diagnose().details());
        assertTrue(details.contains("cuBLASLt 12.8.4 ("), details);
        assertFalse(String.join("\n", CUDA.availability().details()).contains("cuBLASLt"));
    }
}
