package org.layerzoo.registry.job;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * How long the runner of a leased job has said nothing, by this machine's own steady clock: what was seen of the lease has not changed
 * since. No wall clock is read, so none that is set, or that differs from another machine's, ends a lease or keeps one.
 */
final class Silence {
    private final LongSupplier nanos;
    private final Map<UUID, Seen> seen = new ConcurrentHashMap<>();

    Silence() {
        this(System::nanoTime);
    }

    Silence(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * A lease as the database has it.
     *
     * @param job the job
     * @param fencing its token, another one for each lease
     * @param leaseUntil changes with each heartbeat; its value is not looked at
     */
    record Lease(UUID job, long fencing, OffsetDateTime leaseUntil) {}

    /** @param begun when this lease was first seen; @param heard when its last heartbeat was */
    private record Seen(Lease lease, long begun, long heard) {}

    /**
     * What is known of a lease after a look.
     *
     * @param silent since its last heartbeat was seen
     * @param running since it was seen first
     */
    record Known(Duration silent, Duration running) {}

    Known look(Lease lease) {
        long now = nanos.getAsLong();
        Seen after = seen.compute(lease.job(), (job, before) -> {
            if (before == null || before.lease().fencing() != lease.fencing()) {
                return new Seen(lease, now, now);
            }
            return before.lease().equals(lease) ? before : new Seen(lease, before.begun(), now);
        });
        return new Known(Duration.ofNanos(now - after.heard()), Duration.ofNanos(now - after.begun()));
    }

    /** Forgets all leases but these. */
    void keepOnly(Set<UUID> jobs) {
        seen.keySet().retainAll(jobs);
    }
}
