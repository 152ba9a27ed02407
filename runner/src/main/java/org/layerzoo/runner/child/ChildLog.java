package org.layerzoo.runner.child;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** Takes in what a child writes: cuts it into lines, passes on the first mebibyte, counts the rest. */
final class ChildLog {
    /** Characters of a line that are kept. */
    static final int MAX_LINE = 4096;
    /** Characters of a log that are passed on. */
    static final int MAX_KEPT = 1 << 20;
    /** Bytes after which output is a flood and the job ends. */
    static final long MAX_BYTES = 64L << 20;

    private static final int TAIL = 20;
    private static final String OUT_OF_MEMORY = "Terminating due to java.lang.OutOfMemoryError";
    private static final String INCUBATOR = "WARNING: Using incubator modules: ";

    private final Consumer<String> sink;
    private final Runnable flood;
    private final Deque<String> tail = new ArrayDeque<>();
    private long bytes;
    private long kept;
    private long dropped;
    private boolean outOfMemory;

    /**
     * @param sink takes each line that is passed on
     * @param flood is called once, when the child wrote more than {@link #MAX_BYTES}
     */
    ChildLog(Consumer<String> sink, Runnable flood) {
        this.sink = sink;
        this.flood = flood;
    }

    /** Reads lines until the stream ends; afterwards says how many were left out. */
    void pump(InputStream stream) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        byte[] chunk = new byte[1 << 14];
        try (stream) {
            for (int n = stream.read(chunk); n >= 0; n = stream.read(chunk)) {
                count(n);
                cut(chunk, n, line);
            }
        } catch (IOException _) {
            // the pipe broke: what was read so far is the log
        }
        flush(line);
        if (dropped() > 0) {
            sink.accept("... " + dropped() + " more lines were not kept: the log was full");
        }
    }

    private void cut(byte[] chunk, int length, ByteArrayOutputStream line) {
        for (int i = 0; i < length; i++) {
            if (chunk[i] == '\n' || chunk[i] == '\r') {
                flush(line);
            } else if (line.size() < MAX_LINE) {
                line.write(chunk[i]);
            }
        }
    }

    private void flush(ByteArrayOutputStream line) {
        if (line.size() > 0) {
            accept(line.toString(StandardCharsets.UTF_8));
            line.reset();
        }
    }

    /** Takes one line that came as a message; counts like one that was written. */
    void message(String line) {
        count(line.length() + 1L);
        accept(line.length() > MAX_LINE ? line.substring(0, MAX_LINE) : line);
    }

    private void accept(String line) {
        if (line.startsWith(INCUBATOR)) {
            return; // the JVM says so at each start and cannot be told not to
        }
        boolean pass;
        synchronized (this) {
            outOfMemory |= line.startsWith(OUT_OF_MEMORY);
            tail.addLast(line);
            if (tail.size() > TAIL) {
                tail.removeFirst();
            }
            pass = kept + line.length() < MAX_KEPT;
            kept += pass ? line.length() + 1 : 0;
            dropped += pass ? 0 : 1;
        }
        if (pass) {
            sink.accept(line);
        }
    }

    private void count(long more) {
        boolean over;
        synchronized (this) {
            over = bytes <= MAX_BYTES && bytes + more > MAX_BYTES;
            bytes += more;
        }
        if (over) {
            flood.run();
        }
    }

    private synchronized long dropped() {
        return dropped;
    }

    /** Whether the JVM said that it ends because its heap is full. */
    synchronized boolean sawOutOfMemory() {
        return outOfMemory;
    }

    /** The last lines, for a message about a child that died. */
    synchronized List<String> tail() {
        return List.copyOf(tail);
    }
}
