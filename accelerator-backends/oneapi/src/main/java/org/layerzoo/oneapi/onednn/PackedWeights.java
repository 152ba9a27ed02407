package org.layerzoo.oneapi.onednn;

import static org.layerzoo.kernels.device.Native.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.layerzoo.core.tensor.Resident;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.kernels.device.Native;

/**
 * Weights in the order that a primitive likes best, kept as long as their tensor's block lives and room lasts; those used longest ago go
 * first. What is read once is not packed: a product of two activations gains nothing by it.
 */
final class PackedWeights {
    /** They lie outside of the tensors' budget, within the slack of a child's limit. */
    static final long MOST_BYTES = 256L << 20;

    private static final long ALIGN = 64;

    private final Dnnl d;
    private final Map<Key, MemorySegment> packed = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    PackedWeights(Dnnl d) {
        this.d = d;
    }

    private record Key(Block block, long offset, ByteBuffer order) {}

    /** What is known of a tensor's block; the block frees it. */
    private final class Block implements Resident {
        private final Set<Long> seen = new HashSet<>();

        @Override
        public Object device() {
            return PackedWeights.this;
        }

        @Override
        public void await() {
            // Packing is done when the call returns.
        }

        @Override
        public void read(MemorySegment out) {
            throw new IllegalStateException("the host has these numbers");
        }

        @Override
        public void free() {
            forget(this);
        }
    }

    /** Whether the tensor has been asked for before, which makes it worth packing. */
    synchronized boolean repeated(Tensor t) {
        return !block(t).seen.add(t.offset());
    }

    private Block block(Tensor t) {
        return (Block) t.on(this, segment -> new Block());
    }

    /** The tensor in {@code order}, packed by {@code pack} unless it is there. */
    synchronized MemorySegment get(Tensor t, ByteBuffer order, long size, Consumer<MemorySegment> pack) {
        Key key = new Key(block(t), t.offset(), order);
        MemorySegment known = packed.get(key);
        if (known != null) {
            return known;
        }
        MemorySegment made = Arena.ofAuto().allocate(size, ALIGN);
        pack.accept(made);
        packed.put(key, made);
        bytes += size;
        Iterator<MemorySegment> oldest = packed.values().iterator();
        while (bytes > MOST_BYTES && packed.size() > 1) {
            bytes -= oldest.next().byteSize();
            oldest.remove();
        }
        return made;
    }

    private synchronized void forget(Block block) {
        packed.entrySet().removeIf(e -> {
            boolean gone = e.getKey().block == block;
            bytes -= gone ? e.getValue().byteSize() : 0;
            return gone;
        });
    }

    synchronized long bytes() {
        return bytes;
    }

    /** A description as bytes that are equal for equal descriptions. */
    ByteBuffer order(MemorySegment description) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(LONG);
            Dnnl.check((int) d.blob.invokeExact(MemorySegment.NULL, size, description), "dnnl_memory_desc_get_blob");
            MemorySegment blob = arena.allocate(size.get(LONG, 0));
            Dnnl.check((int) d.blob.invokeExact(blob, size, description), "dnnl_memory_desc_get_blob");
            return ByteBuffer.wrap(blob.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }
}
