package org.layerzoo.runner.child;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** Keeps what a job said and lets a test wait for a line. */
public final class Recorder implements JobListener {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final List<Double> fractions = new CopyOnWriteArrayList<>();
    private final List<String> messages = new CopyOnWriteArrayList<>();

    @Override
    public void progress(double fraction, String message) {
        fractions.add(fraction);
        messages.add(message);
    }

    @Override
    public synchronized void log(String line) {
        lines.add(line);
        notifyAll();
    }

    /** Waits for a line; a test's own time limit ends a wait in vain. */
    public synchronized String await(Predicate<String> wanted) throws InterruptedException {
        while (lines.stream().noneMatch(wanted)) {
            wait();
        }
        return lines.stream().filter(wanted).findFirst().orElseThrow();
    }

    public List<String> lines() {
        return lines;
    }

    public List<Double> fractions() {
        return fractions;
    }

    public List<String> messages() {
        return messages;
    }
}
