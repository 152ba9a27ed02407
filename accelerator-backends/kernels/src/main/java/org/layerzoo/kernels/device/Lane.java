package org.layerzoo.kernels.device;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * A stream and the freed blocks of its thread. A block that only this stream used can be written again by later work on it without any
 * waiting, since work runs in order.
 */
final class Lane {
    private final Device.Stream stream;
    private final PackedArgs args = new PackedArgs();
    private final Map<Long, ArrayDeque<Long>> free = new HashMap<>();

    Lane(Device.Stream stream) {
        this.stream = stream;
    }

    Device.Stream stream() {
        return stream;
    }

    /** For the lane's own thread only. */
    PackedArgs args() {
        args.clear();
        return args;
    }

    /** A freed block of {@code size} bytes, or 0. */
    synchronized long take(long size) {
        ArrayDeque<Long> q = free.get(size);
        return q == null || q.isEmpty() ? 0 : q.pop();
    }

    synchronized void give(long address, long size) {
        free.computeIfAbsent(size, s -> new ArrayDeque<>()).push(address);
    }

    /** Waits for all work and hands the freed blocks to {@code sink}. */
    synchronized void drain(java.util.function.BiConsumer<Long, Long> sink) {
        stream.await();
        free.forEach((size, blocks) -> blocks.forEach(b -> sink.accept(b, size)));
        free.clear();
    }
}
