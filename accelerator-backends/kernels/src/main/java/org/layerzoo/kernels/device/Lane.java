package org.layerzoo.kernels.device;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A stream and the freed blocks of its thread. A block that only this stream used can be written again by later work on it without any
 * waiting, since work runs in order.
 */
final class Lane {
    private final Device.Stream stream;
    private final PackedArgs args = new PackedArgs();
    private final Map<Long, ArrayDeque<Long>> free = new HashMap<>();

    /** Whether its buffers are written again and again by recorded work. */
    private volatile boolean replays;
    /** Lanes that have waited for this one since {@link #takeFollowers}. */
    private final Set<Lane> followers = ConcurrentHashMap.newKeySet();

    private final Set<Buffer> pinned = ConcurrentHashMap.newKeySet();
    private volatile boolean recording;

    Lane(Device.Stream stream) {
        this(stream, false);
    }

    Lane(Device.Stream stream, boolean replays) {
        this.stream = stream;
        this.replays = replays;
    }

    boolean replays() {
        return replays;
    }

    /** Nothing of this lane will be replayed any more. */
    void retire() {
        replays = false;
    }

    /** What this lane does from now on comes after what {@code other} has queued. */
    void follow(Lane other) {
        if (other.recording) {
            // Nothing of it runs before the recording is complete.
            return;
        }
        if (recording) {
            // A recording knows no other stream; it is rare enough for the host to wait.
            other.stream.await();
            return;
        }
        other.followers.add(this);
        stream.waitFor(other.stream.mark());
    }

    /** The lanes that may still be reading what this lane wrote. */
    List<Lane> takeFollowers() {
        List<Lane> out = List.copyOf(followers);
        followers.clear();
        return out;
    }

    void record() {
        stream.record();
        recording = true;
    }

    Device.Recording recorded() {
        recording = false;
        return stream.recorded();
    }

    /** Holds a block of another lane that the recorded work reads. */
    void pin(Buffer b) {
        if (pinned.add(b)) {
            b.pin();
        }
    }

    void unpin() {
        pinned.forEach(Buffer::unpin);
        pinned.clear();
    }

    boolean recording() {
        return recording;
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
