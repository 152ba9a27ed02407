package org.layerzoo.registry.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.layerzoo.registry.api.JobLimits;
import org.layerzoo.registry.api.Limits;

/**
 * What a job needs of a machine and may use of it.
 *
 * @param backend the backend that was asked for by name; empty when any machine has one that does
 * @param wallSeconds time from the start of its process to its end; the registry's own limit when empty
 * @param memoryBytes tensors outside of the heap; what the runner gives when empty
 * @param heapBytes Java heap; the runner's own when empty
 * @param threads processors; all when empty
 */
record Needs(
        String backend,
        Optional<Integer> wallSeconds,
        Optional<Long> memoryBytes,
        Optional<Long> heapBytes,
        Optional<Integer> threads) {
    /** Every machine has these. */
    private static final Set<String> EVERYWHERE = Set.of("auto", "reference", "cpu-vector");

    static final Needs NONE = new Needs("", Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** What a request asks for. */
    static Needs of(String backend, JobLimits limits) {
        JobLimits asked = Optional.ofNullable(limits).orElseGet(JobLimits::new);
        return new Needs(
                EVERYWHERE.contains(backend) ? "" : backend,
                Optional.ofNullable(asked.getWallSeconds()),
                Optional.ofNullable(asked.getMemoryBytes()),
                Optional.ofNullable(asked.getHeapBytes()),
                Optional.ofNullable(asked.getThreads()));
    }

    /** The limits that its lease names. */
    Limits limits(int usualSeconds) {
        var limits = new Limits(wallSeconds.orElse(usualSeconds));
        memoryBytes.ifPresent(limits::memoryBytes);
        heapBytes.ifPresent(limits::heapBytes);
        threads.ifPresent(limits::threads);
        return limits;
    }

    /** For whom it waits, in words. */
    String awaited() {
        List<String> wanted = new ArrayList<>();
        if (!backend.isEmpty()) {
            wanted.add(backend);
        }
        memoryBytes.ifPresent(bytes -> wanted.add(mebibytes(bytes) + " for tensors"));
        heapBytes.ifPresent(bytes -> wanted.add(mebibytes(bytes) + " of heap"));
        return "waits for a runner" + (wanted.isEmpty() ? "" : " with " + String.join(", ", wanted));
    }

    private static String mebibytes(long bytes) {
        return (bytes + (1 << 20) - 1 >> 20) + " MiB";
    }
}
