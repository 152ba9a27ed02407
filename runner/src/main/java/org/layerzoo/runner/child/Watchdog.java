package org.layerzoo.runner.child;

import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Holds one child to its limits, on a thread of its own so that a slow listener cannot delay it. */
final class Watchdog implements AutoCloseable {
    private static final Duration TICK = Duration.ofMillis(100);
    /** Finding descendants reads the whole process table: seldom, so that a benchmark is not disturbed. */
    private static final int TICKS_PER_LOOK = 10;
    /** When the machine has so many threads more than at the last look, one is due. */
    private static final int SUSPICIOUS = 200;
    /** Threads of the child and its descendants together; a JVM with 64 processors has some 300. */
    static final int MOST_THREADS = 4000;
    /** Few enough to be looked at, and killed, in a moment. */
    static final int MOST_PROCESSES = 300;

    private final ProcessTree tree;
    private final Limits limits;
    private final BooleanSupplier graceIsOver;
    private final Consumer<Problem> violation;
    private final long startedAt = System.nanoTime();
    private final Thread thread;

    /**
     * @param graceIsOver whether a cancelled child had its time to end by itself
     * @param violation takes the limit that was broken, before the child is killed
     */
    Watchdog(ProcessTree tree, Limits limits, BooleanSupplier graceIsOver, Consumer<Problem> violation) {
        this.tree = tree;
        this.limits = limits;
        this.graceIsOver = graceIsOver;
        this.violation = violation;
        this.thread = Thread.ofPlatform().daemon().name("job-watchdog").start(this::watch);
    }

    private void watch() {
        try {
            int atLastLook = 0;
            for (int tick = 0; ; tick++) {
                int machine = Tasks.ofMachine();
                if (tick % TICKS_PER_LOOK == 0 || machine > atLastLook + SUSPICIOUS) {
                    tree.look();
                    atLastLook = machine;
                }
                if (broken()) {
                    tree.kill();
                    return;
                }
                Thread.sleep(TICK);
            }
        } catch (InterruptedException _) {
            // the job ended
        }
    }

    private boolean broken() {
        if (graceIsOver.getAsBoolean()) {
            return true;
        }
        if (System.nanoTime() - startedAt > limits.wallTime().toNanos()) {
            violation.accept(RunnerProblem.LIMIT_TIME.with(
                    "the job did not end within its " + seconds(limits.wallTime()) + " and was killed"));
            return true;
        }
        int processes = tree.processes();
        if (processes > MOST_PROCESSES) {
            violation.accept(RunnerProblem.LIMIT_PROCESSES.with(
                    "the job had " + processes + " processes and was killed: allowed are " + MOST_PROCESSES));
            return true;
        }
        long resident = residentBytes();
        if (resident > limits.residentBytes()) {
            violation.accept(RunnerProblem.LIMIT_MEMORY.with("the job's process held " + Limits.formatSize(resident)
                    + " and was killed: allowed are " + Limits.formatSize(limits.residentBytes()) + " = heap "
                    + Limits.formatSize(limits.heapBytes()) + " + tensors " + Limits.formatSize(limits.memoryBytes())
                    + " + " + Limits.formatSize(Limits.OVERHEAD_BYTES)));
            return true;
        }
        int threads = tree.threads();
        if (threads > MOST_THREADS) {
            violation.accept(RunnerProblem.LIMIT_PROCESSES.with("the job had " + threads
                    + " threads in its processes and was killed: allowed are " + MOST_THREADS));
            return true;
        }
        return false;
    }

    private long residentBytes() {
        try {
            return tree.residentBytes();
        } catch (IOException e) {
            violation.accept(RunnerProblem.LIMIT_MEMORY.with("the memory of the job's process cannot be read: " + e));
            return Long.MAX_VALUE;
        }
    }

    private static String seconds(Duration time) {
        long millis = time.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + " s" : millis / 1000.0 + " s";
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
