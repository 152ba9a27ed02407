package org.layerzoo.cpuvector;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * The one pool of compute threads, sized to the cores (system property {@code layerzoo.threads}, or
 * {@link #threads(int)}). Work comes as numbered tasks whose number and content depend on the problem only, never on the
 * count of threads, so results are the same bits for any count.
 */
public final class Workers {
    /** Below this many element operations a second thread costs more than it brings. */
    public static final long SERIAL_BELOW = 32_768;

    /** Threads look for work so long before they sleep: waking one takes some ten microseconds, as much as a small op. */
    private static final long AWAKE_NANOS = 40_000;

    private static final ThreadLocal<Boolean> INSIDE = ThreadLocal.withInitial(() -> false);
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static volatile int threads = Math.max(
            1, Integer.getInteger("layerzoo.threads", Runtime.getRuntime().availableProcessors()));
    private static final ThreadPoolExecutor POOL = pool();

    private Workers() {}

    private static ThreadPoolExecutor pool() {
        ThreadPoolExecutor p =
                new ThreadPoolExecutor(Math.max(1, threads - 1), 1024, 10, TimeUnit.SECONDS, new Jobs(), body -> {
                    Thread t = new Thread(body, "layerzoo-cpu-" + NAMES.incrementAndGet());
                    t.setDaemon(true);
                    return t;
                });
        p.allowCoreThreadTimeOut(true);
        return p;
    }

    public static int threads() {
        return threads;
    }

    /** @param n threads that later calls use, the caller's included */
    public static void threads(int n) {
        if (n < 1) {
            throw new IllegalArgumentException("threads: at least 1 expected, given " + n);
        }
        threads = n;
        POOL.setCorePoolSize(Math.max(1, Math.min(n - 1, POOL.getMaximumPoolSize())));
    }

    /**
     * Runs tasks 0..tasks-1, each once, and returns when all are done.
     *
     * @param cost element operations of all tasks together; small work stays on the calling thread
     */
    public static void run(int tasks, long cost, IntConsumer body) {
        int helpers = Math.min(threads, tasks) - 1;
        if (helpers < 1 || cost < SERIAL_BELOW || INSIDE.get()) {
            for (int i = 0; i < tasks; i++) {
                body.accept(i);
            }
            return;
        }
        Job job = new Job(tasks, body);
        for (int i = 0; i < helpers; i++) {
            POOL.execute(job::work);
        }
        job.work();
        job.await();
    }

    /** Runs {@code body} over 0..n-1 in fixed pieces of {@code grain}. */
    public static void pieces(long n, long grain, long costPerElement, Range body) {
        int tasks = Math.toIntExact((n + grain - 1) / grain);
        run(tasks, n * costPerElement, i -> body.accept(i * grain, Math.min(n, (i + 1L) * grain)));
    }

    /** Elements from (inclusive) to (exclusive). */
    @FunctionalInterface
    public interface Range {
        void accept(long from, long to);
    }

    /** Whether the condition comes true while this thread stays awake. */
    private static boolean comes(BooleanSupplier condition) {
        long end = System.nanoTime() + AWAKE_NANOS;
        do {
            for (int i = 0; i < 8; i++) {
                if (condition.getAsBoolean()) {
                    return true;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() < end);
        return false;
    }

    /** A queue at which idle threads wait awake for a while. */
    private static final class Jobs extends LinkedBlockingQueue<Runnable> {
        @Override
        public Runnable poll(long timeout, TimeUnit unit) throws InterruptedException {
            comes(() -> !isEmpty());
            return super.poll(timeout, unit);
        }
    }

    private static final class Job {
        private final int tasks;
        private final IntConsumer body;
        private final AtomicInteger next = new AtomicInteger();
        private final CountDownLatch open;
        private final AtomicReference<Throwable> failure = new AtomicReference<>();

        Job(int tasks, IntConsumer body) {
            this.tasks = tasks;
            this.body = body;
            this.open = new CountDownLatch(tasks);
        }

        void work() {
            INSIDE.set(true);
            try {
                for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
                    one(i);
                }
            } finally {
                INSIDE.set(false);
            }
        }

        private void one(int i) {
            try {
                if (failure.get() == null) {
                    body.accept(i);
                }
            } catch (Throwable t) {
                failure.compareAndSet(null, t);
            } finally {
                open.countDown();
            }
        }

        void await() {
            boolean interrupted = false;
            comes(() -> open.getCount() == 0);
            while (true) {
                try {
                    open.await();
                    break;
                } catch (InterruptedException e) {
                    // Workers still write into our memory: leaving early would hand out half a result.
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            switch (failure.get()) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable t -> throw new IllegalStateException(t);
            }
        }
    }
}
