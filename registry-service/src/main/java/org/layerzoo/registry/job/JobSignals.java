package org.layerzoo.registry.job;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;

/** Wakes those who wait for a job to change. Changes made by another service on the same database are seen at the next look. */
@Component
class JobSignals {
    /** How long a waiter sleeps at most before it looks at the database itself. */
    static final Duration LOOK = Duration.ofSeconds(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long changes;
    private volatile boolean closing;

    @TransactionalEventListener(phase = TransactionPhase.AFTER_COMMIT, fallbackExecution = true)
    void on(JobChanged event) {
        wake();
    }

    @EventListener
    void on(ContextClosedEvent event) {
        closing = true;
        wake();
    }

    private void wake() {
        lock.lock();
        try {
            changes++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether the service stops, so that waiting makes no sense any more. */
    boolean closing() {
        return closing;
    }

    /** How many changes there have been; taken before a look at the database, given to {@link #await}. */
    long count() {
        lock.lock();
        try {
            return changes;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until there was a change after {@code seen}, for a second at most. */
    void await(long seen) {
        lock.lock();
        try {
            if (changes == seen && !closing) {
                changed.await(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }
}
