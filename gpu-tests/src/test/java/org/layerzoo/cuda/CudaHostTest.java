package org.layerzoo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.device.Device;
import org.layerzoo.kernels.device.GpuContext;
import org.layerzoo.kernels.device.PackedArgs;

/** Memory, copies, threads and errors of the CUDA host side. */
class CudaHostTest {
    static {
        CudaShim.get("launches");
        // Starts the driver.
        Machine.look();
    }

    /** More than twice around the ring of pinned buffers, and no multiple of one. */
    private static final int MANY = 5_000_001;

    private static final int LAUNCHES = 10_000;

    private static Dispatcher cuda() {
        return Dispatcher.of("cuda", true);
    }

    private static float[] ramp(int n, float step) {
        float[] out = new float[n];
        for (int i = 0; i < n; i++) {
            out[i] = i * step;
        }
        return out;
    }

    @Test
    void numbersLargerThanTheRingOfPinnedBuffersCrossUnchanged() {
        float[] x = ramp(MANY, 1);
        float[] y = ramp(MANY, 0.5f);
        float[] sum = TensorScope.use(() -> Exec.with(
                cuda(), () -> Tensor.of(x, MANY).add(Tensor.of(y, MANY)).toFloats()));
        for (int i = 0; i < MANY; i++) {
            x[i] += y[i];
        }
        assertArrayEquals(x, sum);
        assertEquals(0, CudaShim.get("unpinned"));
    }

    @Test
    void aThreadReadsWhatAnotherHasQueuedWithoutWaitingForIt() throws Exception {
        TensorScope.run(() -> Exec.run(cuda(), () -> {
            Tensor x = Tensor.of(ramp(100_000, 1), 100_000).keep();
            Tensor doubled = x.add(x).keep();
            try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
                List<Future<float[]>> all = IntStream.range(0, 16)
                        .mapToObj(i -> threads.submit(() -> TensorScope.use(
                                () -> Exec.with(cuda(), () -> doubled.add(x).toFloats()))))
                        .toList();
                for (Future<float[]> f : all) {
                    assertArrayEquals(ramp(100_000, 3), f.get());
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }));
    }

    @Test
    void virtualThreadsFindTheContextWhateverCarrierTheyAreOn() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<float[]>> all = IntStream.range(0, 12)
                    .mapToObj(i -> threads.submit(() -> TensorScope.use(() -> Exec.with(cuda(), () -> {
                        Tensor x = Tensor.of(ramp(1000, i), 1000);
                        Thread.yield();
                        return x.mul(x).toFloats();
                    }))))
                    .toList();
            for (int i = 0; i < all.size(); i++) {
                float[] expected = ramp(1000, i);
                for (int j = 0; j < expected.length; j++) {
                    expected[j] *= expected[j];
                }
                assertArrayEquals(expected, all.get(i).get());
            }
        }
    }

    @Test
    void steadyWorkAsksTheDriverForNoMemory() {
        Runnable step = () -> TensorScope.run(() -> Exec.run(cuda(), () -> {
            Tensor x = Tensor.of(ramp(10_000, 1), 10_000);
            x.add(x).mul(x).ready();
        }));
        step.run();
        long before = CudaShim.get("allocations");
        for (int i = 0; i < 5; i++) {
            step.run();
        }
        assertEquals(before, CudaShim.get("allocations"));
    }

    @Test
    void aNumberBesideATensorCrossesToTheDeviceOnce() {
        float[] x = ramp(100, 1);
        Supplier<float[]> step = () -> TensorScope.use(() -> Exec.with(cuda(), () -> {
            Tensor t = Tensor.of(x, x.length);
            return t.mul(2.5).add(-7.25).div(2.5).toFloats();
        }));
        float[] first = step.get();
        assertEquals((99 * 2.5f - 7.25f) / 2.5f, first[99], 1e-4f);
        long before = CudaShim.get("uploads");
        for (int i = 0; i < 5; i++) {
            assertArrayEquals(first, step.get());
        }
        assertEquals(5, CudaShim.get("uploads") - before, "only the tensor of the host is copied");
        // The same bits in another type are another number.
        float[] wide = TensorScope.use(() -> Exec.with(cuda(), () -> Tensor.of(DType.F64, new double[] {3}, 1)
                .mul(Tensor.scalar(DType.F64, 2.5))
                .cast(DType.F32)
                .toFloats()));
        assertArrayEquals(new float[] {7.5f}, wide);
    }

    @Test
    void fullMemoryGivesBackWhatWaitsInPoolsAndThenSaysHowMuchIsFree() {
        GpuContext context = new GpuContext(new CudaDevice(CudaDevice.find(0)));
        long spare = 3L << 20;
        CudaShim.with("memory", CudaShim.get("live") + spare, () -> {
            TensorScope.run(() -> context.empty(TensorSpec.of(DType.BOOL, 2 << 20)));
            TensorScope.run(() -> {
                // Fits only where the two MiB of before are given back.
                Tensor larger = context.empty(TensorSpec.of(DType.BOOL, 5 << 19));
                assertEquals(5 << 19, context.liveBytes());
                ZooException e =
                        assertThrows(ZooException.class, () -> context.empty(TensorSpec.of(DType.BOOL, 1 << 20)));
                assertEquals(ErrorCode.OUT_OF_MEMORY, e.code());
                assertTrue(e.getMessage().contains("has no memory left for 1048576 bytes: 524288 of "), e.getMessage());
                larger.ready();
            });
        });
        assertEquals(0, context.liveBytes());
    }

    @Test
    void memoryOfTensorsThatNobodyCanReachIsFoundBeforeAnAllocationFails() {
        GpuContext context = new GpuContext(new CudaDevice(CudaDevice.find(0)));
        CudaShim.with("memory", CudaShim.get("live") + (4L << 20), () -> {
            for (int i = 0; i < 12; i++) {
                context.empty(TensorSpec.of(DType.BOOL, 1 << 20)).keep();
            }
            assertTrue(context.liveBytes() <= 4 << 20);
        });
    }

    @Test
    void aKernelThatBreaksTheContextIsNamedAsTheCause() {
        CudaShim.with("launch", 719, () -> {
            ZooException e = assertThrows(
                    ZooException.class,
                    () -> TensorScope.run(() -> Exec.run(cuda(), () -> {
                        Tensor x = Tensor.of(ramp(10, 1), 10);
                        x.add(x);
                    })));
            assertEquals(ErrorCode.PLUGIN_FAILED, e.code());
            assertTrue(e.getMessage().contains("cuLaunchKernel failed with error 719"), e.getMessage());
            assertTrue(e.getMessage().contains("broken the device's context"), e.getMessage());
        });
    }

    @Test
    void kernelsThatDoNotLoadCarryTheCompilersWords() {
        CudaDevice device = new CudaDevice(CudaDevice.find(0));
        ZooException e = assertThrows(ZooException.class, () -> device.load("not PTX".getBytes(), "own.f32"));
        assertEquals(
                "kernels own.f32 do not load on Test GPU 0: a PTX JIT compilation failed: ptxas: not a text of ours",
                e.getMessage());
    }

    @Test
    void aLaunchOfMoreArgumentsThanADriverTakesIsRefused() {
        PackedArgs args = new PackedArgs();
        for (int i = 0; i < 600; i++) {
            args.add(PackedArgs.Kind.FOUR_BYTES, i);
        }
        CudaDevice device = new CudaDevice(CudaDevice.find(0));
        ZooException e = assertThrows(ZooException.class, () -> device.stream()
                .launch(new CudaDevice.CudaFunction(0), Grid.blocks(1, 256), args));
        assertEquals(ErrorCode.BAD_ARGUMENT, e.code());
    }

    @Test
    void aLaunchAllocatesNothingOnceItIsCompiled() {
        PackedArgs args = new PackedArgs();
        args.add(PackedArgs.Kind.POINTER, 4096);
        args.add(PackedArgs.Kind.EIGHT_BYTES, 7);
        args.add(new int[33]);
        Device.Stream stream = new CudaDevice(CudaDevice.find(0)).stream();
        Device.Function function = new CudaDevice.CudaFunction(1);
        Grid grid = Grid.blocks(1, 256);
        CudaShim.with("dry", 1, () -> {
            long allocated = Long.MAX_VALUE;
            for (int round = 0; round < 60 && allocated >= LAUNCHES; round++) {
                long before = allocatedByThisThread();
                for (int i = 0; i < LAUNCHES; i++) {
                    stream.launch(function, grid, args);
                }
                allocated = allocatedByThisThread() - before;
            }
            assertTrue(allocated < LAUNCHES, allocated + " bytes in " + LAUNCHES + " launches");
        });
    }

    private static long allocatedByThisThread() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
