package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.device.GpuContext;
import org.layerzoo.oneapi.opencl.OpenClDevice;

/** Device memory while poison is on. */
class GuardsTest {
    private static final GpuContext GPU = new GpuContext(OpenClDevice.open(0));
    private static final TensorSpec SPEC = TensorSpec.of(DType.F32, 65);

    @BeforeEach
    void poison() {
        Memory.poison(true);
    }

    @AfterEach
    void clean() {
        Memory.poison(false);
    }

    private static void fill(Tensor y, long n) {
        GPU.launch(
                Sources.moving("moving", DType.F32, "fill"),
                Grid.over(n, 256),
                Args.of(y).i64(n).i64(0));
    }

    @Test
    void elementsThatNoKernelHasWrittenAreNoNumbers() {
        TensorScope.use(() -> {
            double[] fresh = GPU.empty(SPEC).toDoubles();
            assertTrue(Arrays.stream(fresh).allMatch(Double::isNaN));
            return null;
        });
    }

    @Test
    void aKernelThatWritesBehindItsTensorIsFoundWhenTheTensorGoes() {
        ZooException e = assertThrows(
                ZooException.class,
                () -> TensorScope.use(() -> {
                    fill(GPU.empty(SPEC), SPEC.shape().size() + 3);
                    return null;
                }));
        assertEquals(
                "a kernel wrote outside its memory: 0 bytes before and 12 bytes behind a block of 260 bytes",
                e.getMessage());
    }

    @Test
    void aKernelThatKeepsToItsTensorIsNotBlamed() {
        TensorScope.use(() -> {
            Tensor y = GPU.empty(SPEC);
            fill(y, SPEC.shape().size());
            assertTrue(Arrays.stream(y.toDoubles()).allMatch(v -> v == 0));
            return null;
        });
        assertEquals(0, GPU.liveBytes());
    }
}
