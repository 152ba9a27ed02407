package org.layerzoo.registry.job;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.layerzoo.registry.api.JobState;

/** A piece of work for a runner. Documents are kept as JSON text, in the order in which they were written. */
@Entity
@Table(name = "job")
class JobEntity {
    @Id
    UUID id;

    String kind;
    String owner;
    String state;
    String spec;
    String limits;

    @Column(columnDefinition = "varchar[]")
    String[] plugins;

    String jars;
    String backend;
    long memoryBytes;
    long heapBytes;
    double progress;
    String message;
    int priority;
    int attempt;
    int maxAttempts;
    long fencing;
    String runner;
    String host;
    boolean cancelRequested;
    Instant leaseUntil;
    Instant createdAt;
    Instant startedAt;
    Instant finishedAt;
    String result;
    String problem;

    protected JobEntity() {}

    JobEntity(String kind, String owner, String spec, Needs needs, int priority, int maxAttempts, Instant now) {
        this.id = UUID.randomUUID();
        this.kind = kind;
        this.owner = owner;
        this.spec = spec;
        this.backend = needs.backend();
        this.memoryBytes = needs.memoryBytes().orElse(0L);
        this.heapBytes = needs.heapBytes().orElse(0L);
        this.priority = priority;
        this.maxAttempts = maxAttempts;
        this.createdAt = kept(now);
        this.runner = "";
        this.host = "";
        queue(background() ? "waits until nothing else is to be done" : needs.awaited());
    }

    /** A time as exactly as the database keeps it. */
    private static Instant kept(Instant time) {
        return time.truncatedTo(ChronoUnit.MICROS);
    }

    JobState state() {
        return JobState.fromValue(state);
    }

    /** Whether the registry asked for the job itself, so that it makes way for all others. */
    final boolean background() {
        return priority < 0;
    }

    boolean finished() {
        return state() != JobState.QUEUED && state() != JobState.RUNNING;
    }

    /** Puts the job (back) into the queue. */
    final void queue(String reason) {
        state = JobState.QUEUED.getValue();
        message = reason;
        progress = 0;
        runner = "";
        host = "";
        leaseUntil = null;
        startedAt = null;
    }

    void lease(String runnerName, String hostName, long token, Duration lease, Instant now) {
        state = JobState.RUNNING.getValue();
        message = "runs on " + runnerName;
        runner = runnerName;
        host = hostName;
        fencing = token;
        attempt++;
        startedAt = kept(now);
        leaseUntil = startedAt.plus(lease);
    }

    void finish(JobState end, String text, Instant now) {
        state = end.getValue();
        message = text;
        finishedAt = kept(now);
        leaseUntil = null;
        if (end == JobState.SUCCEEDED) {
            progress = 1;
        }
    }
}
