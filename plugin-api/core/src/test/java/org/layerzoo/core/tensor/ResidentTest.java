package org.layerzoo.core.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;

class ResidentTest {
    private final Object device = new Object();
    private final List<String> events = new ArrayList<>();

    /** Device memory that is a Java array. */
    private final class Copy implements Resident {
        private final float[] values;

        Copy(float... values) {
            this.values = values;
        }

        @Override
        public Object device() {
            return device;
        }

        @Override
        public void await() {
            events.add("await");
        }

        @Override
        public void read(MemorySegment out) {
            events.add("read");
            MemorySegment.copy(values, 0, out, ValueLayout.JAVA_FLOAT, 0, values.length);
        }

        @Override
        public void free() {
            events.add("free");
        }
    }

    private Copy upload(MemorySegment from) {
        events.add("upload");
        return new Copy(from.toArray(ValueLayout.JAVA_FLOAT));
    }

    @Test
    void aResultStaysOnItsDeviceUntilTheHostReadsItAndIsReadOnce() {
        TensorScope.run(() -> {
            Tensor t = Tensor.resident(TensorSpec.of(DType.F32, 2, 2), new Copy(1, 2, 3, 4));
            t.on(device, this::upload);
            assertEquals(List.of(), events);
            assertArrayEquals(new float[] {3, 4}, t.rows(1, 2).toFloats());
            assertArrayEquals(new float[] {1, 2, 3, 4}, t.toFloats());
            assertEquals(List.of("read"), events);
        });
        assertEquals(List.of("read", "free"), events);
    }

    @Test
    void weightsCrossOnceAndTheirViewsShareTheCopy() {
        TensorScope.run(() -> {
            Tensor w = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
            Resident r = w.on(device, this::upload);
            Tensor second = w.rows(1, 2);
            assertSame(r, second.on(device, this::upload));
            assertEquals(8, second.offset());
        });
        assertEquals(List.of("upload", "free"), events);
    }

    @Test
    void waitingForAResultDoesNotCopyIt() {
        TensorScope.run(
                () -> Tensor.resident(TensorSpec.of(DType.F32, 1), new Copy(1)).ready());
        assertEquals(List.of("await", "free"), events);
    }

    @Test
    void whatLeavesItsScopeKeepsItsMemory() {
        Tensor t = TensorScope.use(() -> Tensor.resident(TensorSpec.of(DType.F32, 1), new Copy(5)));
        assertEquals(List.of(), events);
        assertEquals(5, t.item());
    }

    @Test
    void whatHasEndedCannotBeAskedFor() {
        Tensor[] leaked = new Tensor[1];
        TensorScope.run(() -> leaked[0] = Tensor.resident(TensorSpec.of(DType.F32, 1), new Copy(5)));
        ZooException e = assertThrows(ZooException.class, () -> leaked[0].on(device, this::upload));
        assertTrue(e.getMessage().contains("scope had ended"), e.getMessage());
    }

    @Test
    void numbersInAnArrayOfTheJavaHeapLieOutsideOfItWhenADeviceReadsThem() {
        byte[] file = new byte[20];
        MemorySegment all = MemorySegment.ofArray(file);
        all.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 8, 1.5f);
        TensorScope.run(() -> {
            Tensor t = Tensor.wrap(TensorSpec.of(DType.F32, 3), all.asSlice(8));
            t.on(device, from -> {
                assertTrue(from.isNative());
                return upload(from);
            });
            assertArrayEquals(new double[] {1.5, 0, 0}, t.toDoubles());
            assertEquals(List.of("upload"), events);
        });
    }
}
