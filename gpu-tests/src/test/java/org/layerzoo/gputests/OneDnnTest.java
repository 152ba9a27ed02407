package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.oneapi.OneApiBackend;
import org.layerzoo.oneapi.onednn.OneDnn;
import org.layerzoo.testkit.backend.BackendCases;
import org.layerzoo.testkit.backend.BackendCases.Line;
import org.layerzoo.testkit.backend.BackendCases.Outcome;

/** Products, convolutions and norms by oneDNN, and machines without a fit one. */
class OneDnnTest {
    private static final String PROPERTY = "layerzoo.onednn.library";
    private static final Backend BACKEND = Dispatcher.backend("oneapi:onednn");
    private static final Primitive TIMES_TRANSPOSED = new Primitive.MatMul(false, true);
    private static final long SEED = 13;

    private static <T> T with(String library, Supplier<T> look) {
        String before = System.setProperty(PROPERTY, library);
        try {
            return look.get();
        } finally {
            System.setProperty(PROPERTY, before);
        }
    }

    static Stream<Line> lines() {
        return Stream.of(BackendCases.primitives(), BackendCases.fused())
                .flatMap(List::stream)
                .filter(l -> BACKEND.refusal(l.op(), l.specs()).isEmpty());
    }

    @ParameterizedTest
    @MethodSource("lines")
    void resultsStayWithinTheCasesBoundOfTheReferenceInDoublePrecision(Line line) {
        Outcome o = BackendCases.check(BACKEND, line, SEED);
        assertEquals(Optional.empty(), o.refusal());
        assertTrue(o.passed(), o.toString());
    }

    private static Tensor counting(int rows, int columns, int modulus) {
        return Tensor.of(
                DType.BF16,
                IntStream.range(0, rows * columns)
                        .mapToDouble(i -> i % modulus - 3)
                        .toArray(),
                rows,
                columns);
    }

    @Test
    void weightsThatComeAgainArePackedGiveTheSameNumbersAndGoWithTheirBlock() {
        OneDnn library = (OneDnn) BACKEND;
        Tensor x = counting(33, 64, 7);
        long before = library.packedBytes();
        TensorScope.run(() -> {
            // Two matrices in one block: each has a packed form of its own.
            Tensor both = counting(96, 64, 5);
            Tensor first = both.rows(0, 48);
            Tensor second = both.rows(48, 96);
            double[] once = times(x, first);
            double[] other = times(x, second);
            assertEquals(before, library.packedBytes(), "what was read once is not packed");
            assertArrayEquals(once, times(x, first));
            assertArrayEquals(other, times(x, second));
            assertTrue(library.packedBytes() >= before + 96 * 64 * 2, "bytes " + library.packedBytes());
        });
        assertEquals(before, library.packedBytes());
    }

    private static double[] times(Tensor x, Tensor w) {
        return BACKEND.execute(TIMES_TRANSPOSED, List.of(x, w)).getFirst().toDoubles();
    }

    @Test
    void aProcessorWithMatrixUnitsMultipliesOnThem() throws Exception {
        Tensor x = counting(64, 64, 7);
        String how = ((OneDnn) BACKEND).implementation(TIMES_TRANSPOSED, List.of(x.spec(), x.spec()));
        boolean units = Files.readString(Path.of("/proc/cpuinfo")).contains("amx_bf16");
        assertEquals(units, how.contains("amx"), how);
    }

    @Test
    void aFusedOpThatItDoesNotRunIsOneFallbackToTheProcessorsKernel() {
        Dispatcher d = Dispatcher.of("oneapi:onednn", false);
        Tensor x = Tensor.of(new float[] {1, 2, 3, 1, 1, 1}, 2, 3);
        double[] y = Exec.with(d, () -> Fused.softmax(x, 1)).toDoubles();
        assertEquals(1.0 / 3, y[4], 1e-7);
        assertEquals("oneapi:onednn", d.backend());
        assertEquals(Map.of("softmax: not a work that is given to oneDNN", 1L), d.fallbacks());
    }

    @Test
    void aMachineWithoutLibrarySaysHowToGetIt() {
        OneDnn.Report r = with("/nowhere/libdnnl.so.3", OneDnn::look);
        assertTrue(r.backend().isEmpty());
        assertTrue(r.detail().contains("/nowhere/libdnnl.so.3 cannot be loaded"), r.detail());
        assertTrue(r.remedy().orElseThrow().contains("./zoo peers"), r.toString());
        Backend b = with("/nowhere/libdnnl.so.3", () -> {
            Backend looked = new OneApiBackend();
            looked.availability();
            return looked;
        });
        ZooException e = assertThrows(ZooException.class, () -> b.on("onednn"));
        assertEquals(ErrorCode.NO_BACKEND, e.code());
    }

    @Test
    void aLibraryOfVersionTwoIsNamedAndNotUsed() throws Exception {
        Path source = Files.writeString(
                Files.createDirectories(Path.of("target/old-dnnl")).resolve("old.c"),
                "static int v[3] = {2, 6, 3}; void *dnnl_version(void) { return v; }");
        Path old = source.resolveSibling("libdnnl.so.2").toAbsolutePath();
        Process gcc = new ProcessBuilder("gcc", "-shared", "-fPIC", "-o", old.toString(), source.toString()).start();
        assertEquals(0, gcc.waitFor());
        OneDnn.Report r = with(old.toString(), OneDnn::look);
        assertFalse(r.backend().isPresent());
        assertTrue(r.detail().contains("oneDNN 2.6.3: version 3 is needed"), r.detail());
    }
}
