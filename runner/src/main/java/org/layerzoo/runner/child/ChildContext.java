package org.layerzoo.runner.child;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** The context of the one job that this JVM runs. */
final class ChildContext implements JobContext {
    /** Progress is for people: more often than this nobody can see. */
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final JobFolder folder;
    private final JobFolder.Job job;
    private final Limits limits;
    private final Frames.Writer runner;
    private volatile boolean cancelled;
    private long toldAt = System.nanoTime() - QUIET_NANOS;

    ChildContext(JobFolder folder, JobFolder.Job job, Frames.Writer runner) {
        this.folder = folder;
        this.job = job;
        this.limits = job.limits().toLimits();
        this.runner = runner;
    }

    @Override
    public JsonNode spec() {
        return job.spec();
    }

    @Override
    public List<PluginJar> plugins() {
        return job.plugins();
    }

    @Override
    public Path folder() {
        return folder.path();
    }

    @Override
    public Limits limits() {
        return limits;
    }

    @Override
    public void progress(double fraction, String message) {
        Message.Progress progress = new Message.Progress(fraction, message);
        synchronized (this) {
            long now = System.nanoTime();
            if (now - toldAt < QUIET_NANOS && fraction < 1) {
                return;
            }
            toldAt = now;
        }
        send(progress);
    }

    @Override
    public void announce(JsonNode document) {
        send(new Message.Announcement(document));
    }

    @Override
    public void log(String message) {
        message.lines().filter(line -> !line.isEmpty()).forEach(line -> send(new Message.Log(shortened(line))));
    }

    private static String shortened(String line) {
        return line.length() > ChildLog.MAX_LINE ? line.substring(0, ChildLog.MAX_LINE) : line;
    }

    private void send(Message message) {
        try {
            runner.write(message);
        } catch (IOException _) {
            // the runner is gone; the thread that reads from it ends this JVM
        }
    }

    @Override
    public boolean cancelled() {
        return cancelled;
    }

    void cancel() {
        cancelled = true;
    }
}
