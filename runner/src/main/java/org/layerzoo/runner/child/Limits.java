package org.layerzoo.runner.child;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one job may use. A job that goes beyond is killed and says which limit it was.
 *
 * @param heapBytes Java heap of the child
 * @param memoryBytes tensors outside the heap
 * @param wallTime from the start of the child's JVM to its result
 * @param threads processors that the child sees
 */
public record Limits(long heapBytes, long memoryBytes, Duration wallTime, int threads) {
    /** What a JVM needs beside heap and tensors: classes, compiled code, thread stacks, buffers. */
    public static final long OVERHEAD_BYTES = 512L << 20;

    private static final long MIN_HEAP_BYTES = 16L << 20;
    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})\\s*([kmgt]?)i?b?");

    public Limits {
        if (heapBytes < MIN_HEAP_BYTES) {
            throw new IllegalArgumentException("the heap limit must be 16 MiB or more, not " + heapBytes + " bytes");
        }
        if (memoryBytes < 0) {
            throw new IllegalArgumentException("the memory limit must not be negative, but is " + memoryBytes);
        }
        if (wallTime.isZero() || wallTime.isNegative()) {
            throw new IllegalArgumentException("the wall time must be positive, not " + wallTime);
        }
        if (threads < 1) {
            throw new IllegalArgumentException("the number of threads must be 1 or more, not " + threads);
        }
    }

    /** 1 GiB of heap, 40 % of this machine's memory for tensors, 10 minutes, all cores. */
    public static Limits defaults() {
        return new Limits(
                1L << 30,
                machineMemoryBytes() / 10 * 4,
                Duration.ofMinutes(10),
                Runtime.getRuntime().availableProcessors());
    }

    /** The memory of this machine or container in bytes. */
    public static long machineMemoryBytes() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    /** The resident memory at which the child and its descendants are killed: heap + tensors + overhead. */
    public long residentBytes() {
        return heapBytes + memoryBytes + OVERHEAD_BYTES;
    }

    /** The same limits with another heap. */
    public Limits withHeapBytes(long bytes) {
        return new Limits(bytes, memoryBytes, wallTime, threads);
    }

    /** The same limits with another tensor budget. */
    public Limits withMemoryBytes(long bytes) {
        return new Limits(heapBytes, bytes, wallTime, threads);
    }

    /** The same limits with another wall time. */
    public Limits withWallTime(Duration time) {
        return new Limits(heapBytes, memoryBytes, time, threads);
    }

    /** The same limits with another number of threads. */
    public Limits withThreads(int count) {
        return new Limits(heapBytes, memoryBytes, wallTime, count);
    }

    /**
     * Reads a size such as {@code 800m}, {@code 4g}, {@code 4GiB} or {@code 1048576}; units are powers of 1024.
     *
     * @throws IllegalArgumentException when the text is no size
     */
    public static long parseSize(String text) {
        Matcher matcher = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no size: expected a number with an optional unit k, m, g or t, such as 4g");
        }
        int shift = 10 * (1 + "kmgt".indexOf(matcher.group(2)));
        long unit = matcher.group(2).isEmpty() ? 1 : 1L << shift;
        return Math.multiplyExact(Long.parseLong(matcher.group(1)), unit);
    }

    /** A size for people: {@code 1.5 GiB}, {@code 512 MiB}. */
    public static String formatSize(long bytes) {
        String[] units = {"bytes", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        boolean whole = value >= 100 || value == Math.rint(value);
        return String.format(Locale.ROOT, whole ? "%.0f %s" : "%.1f %s", value, units[unit]);
    }

    /** The form in {@code job.json}. */
    Json toJson() {
        return new Json(heapBytes, memoryBytes, wallTime.toMillis(), threads);
    }

    /** Limits in {@code job.json}: bytes and milliseconds. */
    record Json(long heapBytes, long memoryBytes, long wallTimeMillis, int threads) {
        Limits toLimits() {
            return new Limits(heapBytes, memoryBytes, Duration.ofMillis(wallTimeMillis), threads);
        }
    }
}
