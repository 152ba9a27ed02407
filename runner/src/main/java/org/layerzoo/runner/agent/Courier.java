package org.layerzoo.runner.agent;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.layerzoo.runner.child.JobListener;

/**
 * Carries what a job says to the registry: log lines in batches, progress with the heartbeats that keep the lease. While
 * the registry is away it keeps trying, and the job goes on.
 */
final class Courier implements JobListener, AutoCloseable {
    /** The registry takes no more lines in one call. */
    private static final int BATCH = 1000;

    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(2);
    private static final Duration GATHER = Duration.ofMillis(200);

    private final RegistryClient registry;
    private final RunnerApi.Lease lease;
    private final Runnable cancel;
    private final Consumer<String> out;
    private final Thread thread;

    private final Deque<String> lines = new ArrayDeque<>();
    private Optional<Double> fraction = Optional.empty();
    private Optional<String> message = Optional.empty();
    private boolean news;
    private boolean closed;
    private volatile boolean lost;
    private volatile boolean cancelRequested;

    /**
     * @param cancel stops the job: called when the registry asks for it and when the lease is lost
     * @param out takes lines for the agent's own log
     */
    Courier(RegistryClient registry, RunnerApi.Lease lease, Runnable cancel, Consumer<String> out) {
        this.registry = registry;
        this.lease = lease;
        this.cancel = cancel;
        this.out = out;
        this.thread = Thread.ofPlatform().daemon().name("job-courier").start(this::carry);
    }

    /** Whether the job is no longer this agent's. */
    boolean lost() {
        return lost;
    }

    /** Whether the registry asked to cancel the job. */
    boolean cancelRequested() {
        return cancelRequested;
    }

    @Override
    public synchronized void progress(double done, String text) {
        fraction = Optional.of(done);
        message = Optional.of(Texts.cut(text, 2000));
        news = true;
        notifyAll();
    }

    @Override
    public synchronized void log(String line) {
        lines.addLast(Texts.cut(line, 10_000));
        news = true;
        notifyAll();
    }

    private void carry() {
        Backoff backoff = new Backoff(Duration.ofMillis(250), Duration.ofSeconds(5));
        try {
            while (!lost && waitForNews()) {
                attempt(backoff);
            }
        } catch (InterruptedException _) {
            // closed while the registry was away: what is left is delivered with the result, if it comes back
        }
    }

    private void attempt(Backoff backoff) throws InterruptedException {
        try {
            sendLines();
            sendHeartbeat();
            if (!backoff.fresh()) {
                out.accept("the registry is back");
                backoff.reset();
            }
        } catch (RegistryException.Unavailable e) {
            if (backoff.fresh()) {
                out.accept(e.getMessage() + "; job " + lease.jobId() + " goes on");
            }
            backoff.pause();
        } catch (RegistryException.LeaseLost | RegistryException.Denied e) {
            out.accept("job " + lease.jobId() + " is stopped: " + e.getMessage());
            lost = true;
            cancel.run();
        } catch (IOException e) {
            out.accept("a report about job " + lease.jobId() + " was not taken: " + e.getMessage());
            backoff.pause();
        }
    }

    /** Waits until a heartbeat is due or there is news, gathered for a moment; false when closed. */
    private synchronized boolean waitForNews() throws InterruptedException {
        Duration third = Duration.ofSeconds(lease.leaseSeconds()).dividedBy(3);
        long due = System.nanoTime() + (third.compareTo(LONGEST_SILENCE) < 0 ? third : LONGEST_SILENCE).toNanos();
        while (!closed && !news && System.nanoTime() < due) {
            TimeUnit.NANOSECONDS.timedWait(this, due - System.nanoTime());
        }
        long gathered = Math.min(due, System.nanoTime() + GATHER.toNanos());
        while (!closed && System.nanoTime() < gathered) {
            TimeUnit.NANOSECONDS.timedWait(this, gathered - System.nanoTime());
        }
        return !closed;
    }

    /** Sends all lines; a batch is forgotten only when the registry has it. */
    private void sendLines() throws IOException, InterruptedException {
        for (List<String> batch = firstLines(); !batch.isEmpty(); batch = firstLines()) {
            try {
                registry.log(lease.jobId(), new RunnerApi.LogLines(lease.fencingToken(), batch));
            } catch (RegistryException.Rejected e) {
                out.accept(batch.size() + " log lines of job " + lease.jobId() + " are lost: " + e.getMessage());
            }
            forget(batch.size());
        }
    }

    private synchronized List<String> firstLines() {
        return new ArrayList<>(lines.stream().limit(BATCH).toList());
    }

    private synchronized void forget(int count) {
        for (int i = 0; i < count; i++) {
            lines.removeFirst();
        }
    }

    private void sendHeartbeat() throws IOException, InterruptedException {
        RunnerApi.Heartbeat heartbeat;
        synchronized (this) {
            heartbeat = new RunnerApi.Heartbeat(lease.fencingToken(), fraction, message);
            news = !lines.isEmpty();
        }
        if (registry.heartbeat(lease.jobId(), heartbeat).cancelRequested() && !cancelRequested) {
            cancelRequested = true;
            cancel.run();
        }
    }

    /** Sends the lines that are left; call after {@link #close()}. */
    void flush() throws IOException, InterruptedException {
        if (!lost) {
            sendLines();
        }
    }

    /** Ends the heartbeats. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            if (!thread.join(Duration.ofSeconds(1))) {
                thread.interrupt();
                thread.join();
            }
        } catch (InterruptedException _) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}
