package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.kernels.device.Device;

/** Copies, order within a list and order between lists, on lists that run out of order but for barriers. */
class LevelZeroStreamsTest {
    private static final int MIB = 1 << 20;

    @ParameterizedTest
    @ValueSource(ints = {1, 4097, 2 * MIB, 2 * MIB + 1, 7 * MIB + 3})
    void bytesGoToTheDeviceAndComeBack(int n) {
        Device d = LevelZeroShim.device();
        Device.Stream s = d.stream();
        byte[] bytes = new byte[n];
        new Random(n).nextBytes(bytes);
        long a = d.allocate(n);
        long b = d.allocate(n);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(n);
            MemorySegment.copy(bytes, 0, host, ValueLayout.JAVA_BYTE, 0, n);
            s.upload(a, host);
            // It was said that the source may be written again.
            host.fill((byte) 0);
            s.copy(b, a, n);
            s.download(host, b);
            assertArrayEquals(bytes, host.toArray(ValueLayout.JAVA_BYTE));
        }
        s.await();
        d.free(a);
        d.free(b);
    }

    @Test
    void aStreamThatWaitsForAMarkSeesWhatWasQueuedBeforeIt() {
        Device d = LevelZeroShim.device();
        Device.Stream one = d.stream();
        Device.Stream two = d.stream();
        int n = 4 * MIB;
        long a = d.allocate(n);
        long b = d.allocate(n);
        // More marks than a stream keeps before it gives their events back.
        int rounds = 300;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocate(n);
            MemorySegment out = arena.allocate(8);
            for (int i = 0; i < rounds; i++) {
                in.set(ValueLayout.JAVA_LONG, n - 8, i);
                one.upload(a + n - 8, in.asSlice(n - 8, 8));
                two.waitFor(one.mark());
                two.copy(b + n - 8, a + n - 8, 8);
                one.waitFor(two.mark());
            }
            two.download(out, b + n - 8);
            assertEquals(rounds - 1, out.get(ValueLayout.JAVA_LONG, 0));
        }
        one.await();
        two.await();
    }

    @Test
    void threadsThatReadEachOthersResultsGetThem() throws Exception {
        Backend backend = LevelZeroShim.backend().on("level-zero");
        Primitive add = new Primitive.Binary(Primitive.BinaryFn.ADD);
        Tensor one = Tensor.of(
                DType.F32, IntStream.range(0, 100_003).mapToDouble(i -> 1).toArray(), 100_003);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            Tensor sum = one;
            for (int i = 0; i < 200; i++) {
                Tensor x = sum;
                Future<Tensor> next = threads.submit(
                        () -> backend.execute(add, List.of(x, one)).getFirst());
                sum = next.get();
            }
            assertEquals(201, sum.toDoubles()[100_002]);
        }
    }
}
