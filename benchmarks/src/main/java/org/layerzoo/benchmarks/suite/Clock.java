package org.layerzoo.benchmarks.suite;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** What is read before and after a run. */
public enum Clock {
    /** The time that passes. */
    WALL,
    /** The processor time of the calling thread: on one thread a fair measure while other programs want the machine too. */
    CPU;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    long nanos() {
        return this == WALL ? System.nanoTime() : THREADS.getCurrentThreadCpuTime();
    }
}
