package org.layerzoo.runner.serve;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Ends this process when one computation takes too long: a kernel that does not come back cannot be interrupted, and a
 * process that starts anew serves again.
 */
final class Overdue implements AutoCloseable {
    /** The exit code of a process that ended itself for this reason. */
    static final int EXIT = 86;

    private static final Duration TICK = Duration.ofMillis(50);

    private final Duration limit;
    private final Map<Thread, Long> begun = new ConcurrentHashMap<>();
    private final Thread thread;
    private final Runnable end;

    Overdue(Duration limit, Runnable end) {
        this.limit = limit;
        this.end = end;
        this.thread = Thread.ofPlatform().daemon().name("serve-overdue").start(this::watch);
    }

    /** Halts this JVM with one line that says why. */
    static Runnable halt(Duration limit) {
        return () -> {
            System.err.println("a request took longer than its " + limit.toMillis() / 1000.0 + " s");
            Runtime.getRuntime().halt(EXIT);
        };
    }

    <T> T watched(Supplier<T> computation) {
        begun.put(Thread.currentThread(), System.nanoTime());
        try {
            return computation.get();
        } finally {
            begun.remove(Thread.currentThread());
        }
    }

    private void watch() {
        try {
            while (true) {
                long now = System.nanoTime();
                if (begun.values().stream().anyMatch(start -> now - start > limit.toNanos())) {
                    end.run();
                    return;
                }
                Thread.sleep(TICK);
            }
        } catch (InterruptedException _) {
            // closed
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
