package org.layerzoo.kernels.device;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * A device in use: its memory in pooled blocks, its loaded kernels, and one stream a thread. Work of two threads meets only where one
 * reads what the other has computed; then the reader's stream waits on the device, not the thread.
 */
public final class GpuContext implements Gpu {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final int ALIGN = 256;
    /** How often a full device is asked again. */
    private static final int ATTEMPTS = 3;

    private static final long COLLECT_NANOS = 1_000_000_000;

    private final Device device;
    private final Map<Program, Device.Program> programs = new ConcurrentHashMap<>();
    private final Map<GpuKernel, Device.Function> functions = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Lane> all = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedDeque<Lane> idle = new ConcurrentLinkedDeque<>();
    private final ThreadLocal<Holder> lanes = ThreadLocal.withInitial(this::hold);
    private final Constants constants = new Constants(this);
    private final AtomicLong live = new AtomicLong();
    private final AtomicLong peak = new AtomicLong();

    private record Program(ClassLoader loader, String file) {}

    /** A thread's claim to its lane; when the thread is gone, the next new thread gets the lane. */
    private static final class Holder {
        private final Lane lane;
        /** The lane that records what the thread queues, if any. */
        private Optional<Lane> recorder = Optional.empty();

        Holder(Lane lane) {
            this.lane = lane;
        }

        Lane now() {
            return recorder.isPresent() ? recorder.get() : lane;
        }
    }

    /** Work that a library queues. */
    @FunctionalInterface
    public interface Work {
        /**
         * @param scratch memory of the size asked for, or 0 where none was
         * @param addresses where the tensors are, in their order
         */
        void on(Device.Stream stream, long scratch, long[] addresses);
    }

    public GpuContext(Device device) {
        this.device = device;
    }

    public Device device() {
        return device;
    }

    @Override
    public Limits limits() {
        return device.limits();
    }

    @Override
    public int computeCapability() {
        return device.computeCapability();
    }

    @Override
    public Tensor empty(TensorSpec spec) {
        return Tensor.resident(spec, allocate(spec.bytes(), lane()));
    }

    @Override
    public void launch(GpuKernel kernel, Grid grid, Args args) {
        Lane lane = lane();
        PackedArgs packed = lane.args();
        for (Args.Arg a : args.list()) {
            pack(a, packed, lane);
        }
        lane.stream().launch(function(kernel), grid, packed);
        // A tensor that the collector took before its reader was queued could be written by another stream.
        Reference.reachabilityFence(args);
    }

    /** Where tensors begin on the device, once this thread's stream has waited for them. */
    public long[] addresses(Tensor... tensors) {
        Lane lane = lane();
        long[] addresses = new long[tensors.length];
        for (int i = 0; i < tensors.length; i++) {
            addresses[i] = address(tensors[i], lane);
        }
        return addresses;
    }

    /** Queues a library's work on this thread's stream, with {@code scratch} bytes that later work may write again. */
    public void queue(Work work, long scratch, Tensor... tensors) {
        Lane lane = lane();
        long[] addresses = addresses(tensors);
        if (scratch == 0) {
            work.on(lane.stream(), 0, addresses);
        } else {
            Buffer b = allocate(scratch, lane);
            work.on(lane.stream(), b.addressFor(lane), addresses);
            // What is queued behind it on the stream may have the block.
            b.free();
        }
        Reference.reachabilityFence(tensors);
    }

    private void pack(Args.Arg a, PackedArgs packed, Lane lane) {
        switch (a) {
            case Args.Arg.Pointer p -> packed.add(PackedArgs.Kind.POINTER, address(p.tensor(), lane));
            case Args.Arg.I32 i -> packed.add(PackedArgs.Kind.FOUR_BYTES, i.value());
            case Args.Arg.I64 i -> packed.add(PackedArgs.Kind.EIGHT_BYTES, i.value());
            case Args.Arg.F32 f -> packed.add(PackedArgs.Kind.FOUR_BYTES, Float.floatToRawIntBits(f.value()));
            case Args.Arg.F64 f -> packed.add(PackedArgs.Kind.EIGHT_BYTES, Double.doubleToRawLongBits(f.value()));
            case Args.Arg.Ints s -> packed.add(s.values());
        }
    }

    long address(Tensor t, Lane lane) {
        Optional<Buffer> number = constants.of(t, lanes.get().lane);
        if (number.isPresent()) {
            return number.get().addressFor(lane);
        }
        Buffer b = (Buffer) t.on(this, this::uploaded);
        return b.addressFor(lane) + t.offset();
    }

    private Buffer uploaded(MemorySegment from) {
        // Not on a lane that records: what is copied there then is a constant of the recorded work.
        Lane lane = lanes.get().lane;
        Buffer b = allocate(from.byteSize(), lane);
        lane.stream().upload(b.addressFor(lane), from);
        return b;
    }

    private Device.Function function(GpuKernel kernel) {
        Device.Function f = functions.get(kernel);
        return f != null ? f : functions.computeIfAbsent(kernel, k -> program(k).function(k.function()));
    }

    private Device.Program program(GpuKernel k) {
        return programs.computeIfAbsent(
                new Program(k.owner().getClassLoader(), k.file()), p -> device.load(code(k), k.file()));
    }

    private byte[] code(GpuKernel k) {
        String path =
                "META-INF/layerzoo/kernels/" + k.file() + "." + device.code().ending();
        try (InputStream in = k.owner().getClassLoader().getResourceAsStream(path)) {
            if (in == null) {
                throw new ZooException(
                        ErrorCode.UNSUPPORTED,
                        "no compiled kernel " + path + " beside " + k.owner().getName()
                                + ": its source is compiled by the build's goal 'kernels'");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path, e);
        }
    }

    private Lane lane() {
        return lanes.get().now();
    }

    /** A lane of its own for work that is recorded. */
    Lane recorder() {
        return new Lane(device.stream(), true);
    }

    /** @param recorder the lane that this thread's work goes to from now on; empty: its own */
    void recordOn(Optional<Lane> recorder) {
        Holder h = lanes.get();
        if (recorder.isPresent() && h.recorder.isPresent()) {
            throw new ZooException(ErrorCode.UNSUPPORTED, "work is being recorded already, and recordings do not nest");
        }
        h.recorder = recorder;
    }

    /** A lane whose recording is gone serves the next new thread. */
    void retire(Lane recorder) {
        recorder.retire();
        all.add(recorder);
        idle.add(recorder);
    }

    private Holder hold() {
        Lane lane = idle.poll();
        if (lane == null) {
            lane = new Lane(device.stream());
            all.add(lane);
        }
        Lane held = lane;
        Holder h = new Holder(lane);
        CLEANER.register(h, () -> idle.add(held));
        return h;
    }

    Buffer allocate(long bytes, Lane lane) {
        // What is recorded runs again and again, and filling a block is not part of it.
        int guard = Memory.poisons() && !lane.recording() ? Guards.BYTES : 0;
        long size = sizeClass(bytes + 2 * guard);
        long block = lane.take(size);
        if (block == 0) {
            block = fresh(size);
        }
        peak.accumulateAndGet(live.addAndGet(size), Math::max);
        if (guard > 0) {
            Guards.lay(lane.stream(), block, guard, size, bytes);
        }
        return new Buffer(this, lane, block, guard, size, bytes);
    }

    /** A new block; when memory is full, after giving back what waits in pools, and then what nobody can reach any more. */
    long fresh(long size) {
        for (int attempt = 0; ; attempt++) {
            try {
                return device.allocate(size);
            } catch (ZooException full) {
                if (full.code() != ErrorCode.OUT_OF_MEMORY || attempt == ATTEMPTS) {
                    throw full;
                }
                if (attempt > 0) {
                    collect();
                }
                trim();
            }
        }
    }

    /** The collector feels no device memory by itself, and what it finds is freed by another thread. */
    private void collect() {
        long before = live.get();
        long end = System.nanoTime() + COLLECT_NANOS;
        System.gc();
        while (live.get() == before && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Gives all free blocks back to the driver. */
    public void trim() {
        all.forEach(l -> l.drain((address, size) -> device.free(address)));
    }

    void released(long size) {
        live.addAndGet(-size);
    }

    /** Bytes of device memory in tensors now. */
    public long liveBytes() {
        return live.get();
    }

    /** Most bytes of device memory in tensors since {@link #resetPeak}. */
    public long peakBytes() {
        return peak.get();
    }

    public void resetPeak() {
        peak.set(live.get());
    }

    /** Next of 4 steps a power of two, so that pooling wastes at most 25 %. */
    private static long sizeClass(long bytes) {
        if (bytes <= 4096) {
            return Math.max(ALIGN, (bytes + ALIGN - 1) / ALIGN * ALIGN);
        }
        long step = Long.highestOneBit(bytes) / 4;
        return (bytes + step - 1) / step * step;
    }
}
