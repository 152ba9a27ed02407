package org.layerzoo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;

/** Work recorded as a graph and replayed with other numbers. */
class CudaRecordingTest {
    static {
        CudaShim.get("launches");
    }

    private static final Backend CUDA = Dispatcher.backend("cuda");
    private static final int N = 3000;

    private static Tensors x(float value) {
        float[] v = new float[N];
        java.util.Arrays.fill(v, value);
        return Tensors.of("x", Tensor.of(v, N));
    }

    private static float[] all(float value) {
        float[] v = new float[N];
        java.util.Arrays.fill(v, value);
        return v;
    }

    private static <T> T onCuda(java.util.function.Supplier<T> body) {
        return TensorScope.use(() -> Exec.with(Dispatcher.of("cuda", true), body));
    }

    /** y = (x w + 2) x, with a weight from outside and a constant that is made anew in each run. */
    private static UnaryOperator<Tensors> forward(Tensor w) {
        return in -> {
            Tensor x = in.get("x");
            return Tensors.of("y", x.mul(w).add(Tensor.of(all(2), N)).mul(x));
        };
    }

    @Test
    void replaysComputeOnNewNumbersFromTheSameLaunches() {
        onCuda(() -> {
            Tensor w = Tensor.of(all(3), N);
            try (Backend.Recorded recorded = CUDA.record(x(1), forward(w))) {
                long before = CudaShim.get("launches");
                for (float v = 1; v < 5; v++) {
                    assertArrayEquals(
                            all((3 * v + 2) * v), recorded.replay(x(v)).get("y").toFloats());
                }
                assertEquals(4 * 3, CudaShim.get("launches") - before);
            }
            return null;
        });
        assertEquals(0, CudaShim.get("graphs"));
    }

    @Test
    void otherWorkBetweenReplaysTouchesNothingOfTheRecordings() {
        onCuda(() -> {
            Backend.Recorded recorded = onCuda(() -> CUDA.record(x(1), forward(Tensor.of(all(3), N))));
            // The weight's scope has ended; work of the same sizes takes freed blocks.
            for (int i = 0; i < 5; i++) {
                Tensor noise = x(100 + i).get("x");
                noise.mul(noise).add(noise).ready();
            }
            assertArrayEquals(
                    all((3 * 7 + 2) * 7), recorded.replay(x(7)).get("y").toFloats());
            recorded.close();
            return null;
        });
    }

    @Test
    void laterWorkOnTheDeviceReadsAReplaysResultBeforeTheNextReplacesIt() {
        onCuda(() -> {
            try (Backend.Recorded recorded = CUDA.record(x(1), forward(Tensor.of(all(1), N)))) {
                Tensor sum = recorded.replay(x(1)).get("y").mul(1);
                for (int v = 2; v < 6; v++) {
                    sum = sum.add(recorded.replay(x(v)).get("y"));
                }
                // sum of v^2 + 2 v for v = 1 .. 5
                assertArrayEquals(all(55 + 30), sum.toFloats());
            }
            return null;
        });
    }

    @Test
    void workThatReadsNumbersOnTheHostIsNotRecorded() {
        ZooException e = assertThrows(
                ZooException.class,
                () -> onCuda(() -> CUDA.record(x(1), in -> {
                    Tensor y = in.get("x").add(in.get("x"));
                    return Tensors.of("y", y.mul(y.toFloats()[0]));
                })));
        assertEquals(ErrorCode.UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains("reads numbers on the host"), e.getMessage());
        // The thread records nothing any more.
        assertArrayEquals(all(2), onCuda(() -> x(1).get("x").add(x(1).get("x")).toFloats()));
        assertEquals(0, CudaShim.get("graphs"));
    }

    @Test
    void aResultThatTheDeviceDidNotComputeIsRefused() {
        ZooException e = assertThrows(
                ZooException.class, () -> onCuda(() -> CUDA.record(x(1), in -> Tensors.of("y", Tensor.of(all(1), N)))));
        assertEquals(ErrorCode.UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains("was not computed on the device"), e.getMessage());
    }

    @Test
    void inputsOfAnotherShapeOrNameAreRefused() {
        onCuda(() -> {
            try (Backend.Recorded recorded = CUDA.record(x(1), in -> Tensors.of("y", Ops.exp(in.get("x"))))) {
                Tensors shorter = Tensors.of("x", Tensor.of(new float[] {1}, 1));
                ZooException e = assertThrows(ZooException.class, () -> recorded.replay(shorter));
                assertEquals(ErrorCode.BAD_TENSORS, e.code());
                assertThrows(ZooException.class, () -> recorded.replay(Tensors.of("z", x(1).get("x"))));
            }
            return null;
        });
    }
}
