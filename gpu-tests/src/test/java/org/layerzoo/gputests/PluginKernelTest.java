package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.gpu.GpuOp;
import org.layerzoo.core.plugin.Plugin;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** A fused op whose kernels are in its plugin's jar, run from that jar as PF4J loads it. */
class PluginKernelTest {
    private static final Backend GPU = Dispatcher.backend("oneapi:opencl");
    private static Plugins plugins;
    private static GpuOp op;

    @BeforeAll
    static void load() throws ReflectiveOperationException {
        plugins = Plugins.in(List.of(Path.of(System.getProperty("zoo.test.plugins"))));
        Plugin ltp = plugins.plugin("ltp");
        ClassLoader own = ltp.main().getClass().getClassLoader();
        op = (GpuOp) own.loadClass("org.layerzoo.plugins.ltp.Received")
                .getConstructor()
                .newInstance();
        assertNotSame(PluginKernelTest.class.getClassLoader(), op.getClass().getClassLoader());
    }

    @AfterAll
    static void close() {
        plugins.close();
    }

    private static List<Tensor> inputs(DType dtype, int batch, int heads, int rows, int columns) {
        SplittableRandom random = new SplittableRandom(5);
        int n = batch * heads * rows * columns;
        Tensor probs = Tensor.of(dtype, random.doubles(n).toArray(), batch, heads, rows, columns);
        boolean[] alive = new boolean[batch * rows];
        IntStream.range(0, alive.length).forEach(i -> alive[i] = random.nextInt(3) > 0);
        return List.of(probs, Tensor.of(alive, batch, rows));
    }

    private static double[] reference(List<Tensor> in) {
        Tensor wide = Tensor.of(
                DType.F64, in.getFirst().toDoubles(), in.getFirst().shape().dims());
        return Exec.with(
                Reference.INSTANCE,
                () -> op.decompose(List.of(wide, in.getLast())).getFirst().toDoubles());
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64", "BF16", "F16"})
    void theKernelOfThePluginsJarGivesTheReferencesSums(DType dtype) {
        for (int[] s : new int[][] {{2, 3, 5, 5}, {1, 1, 1, 1}, {2, 4, 63, 65}, {1, 12, 33, 200}, {2, 3, 0, 4}}) {
            TensorScope.run(() -> {
                List<Tensor> in = inputs(dtype, s[0], s[1], s[2], s[3]);
                assertEquals(
                        Optional.empty(),
                        GPU.refusal(op, in.stream().map(Tensor::spec).toList()));
                double bound =
                        dtype == DType.F64 ? 1e-14 : dtype == DType.F32 ? 1e-6 : dtype == DType.F16 ? 0x1p-11 : 0x1p-8;
                double[] truth = reference(in);
                double[] given = GPU.execute(op, in).getFirst().toDoubles();
                for (int i = 0; i < truth.length; i++) {
                    assertEquals(truth[i], given[i], bound * Math.abs(truth[i]), in + " at " + i);
                }
            });
        }
    }

    @Test
    void rowsOfDroppedQueriesMayHoldAnything() {
        TensorScope.run(() -> {
            double[] p = {Double.NaN, Double.POSITIVE_INFINITY, 3, 4};
            Tensor probs = Tensor.of(DType.F32, p, 1, 1, 2, 2);
            Tensor alive = Tensor.of(new boolean[] {false, true}, 1, 2);
            assertArrayEquals(
                    new double[] {3, 4},
                    GPU.execute(op, List.of(probs, alive)).getFirst().toDoubles());
        });
    }

    @Test
    void onTheHostItsMeaningInOpsIsNoFallback() {
        TensorScope.run(() -> {
            Dispatcher host = Dispatcher.of("cpu-vector", true);
            List<Tensor> in = inputs(DType.F32, 2, 3, 9, 9);
            double[] given = Exec.with(host, () -> host.apply(op, in).getFirst().toDoubles());
            double[] truth = reference(in);
            IntStream.range(0, truth.length).forEach(i -> assertEquals(truth[i], given[i], 1e-5));
            assertEquals(Map.of(), host.fallbacks());
        });
    }

    @Test
    void onTheDeviceItRunsAndIsNotListedAmongFallbacks() {
        TensorScope.run(() -> {
            Dispatcher device = Dispatcher.of("oneapi:opencl", false);
            List<Tensor> in = inputs(DType.F32, 2, 3, 9, 9);
            Exec.with(device, () -> device.apply(op, in).getFirst().toDoubles());
            assertFalse(device.fallbacks().keySet().stream().anyMatch(k -> k.startsWith(op.name())));
            assertTrue(GPU.kernel(op, in.stream().map(Tensor::spec).toList()).length() > 0);
        });
    }
}
