package org.layerzoo.runner.child;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/**
 * Runs jobs of this machine's own user, one child JVM each, in a temporary folder.
 *
 * <p>Close it after the result files were read: closing deletes them.
 *
 * <pre>{@code
 * try (LocalJobs jobs = LocalJobs.open(ChildJvm.current())) {
 *     Outcome outcome = jobs.run("benchmark", spec, plugins, Limits.defaults(), listener);
 * }
 * }</pre>
 */
public final class LocalJobs implements AutoCloseable {
    /** More than a child has to end by itself before it is killed. */
    private static final long GOODBYE_SECONDS = 6;

    private final ChildJvm jvm;
    private final Path root;
    private final Thread hook;
    private final AtomicInteger count = new AtomicInteger();
    private volatile Optional<Running> running = Optional.empty();

    /** The job of the moment. */
    private record Running(ChildProcess process, CountDownLatch ended) {}

    private LocalJobs(ChildJvm jvm, Path root) {
        this.jvm = jvm;
        this.root = root;
        this.hook = new Thread(this::leave, "local-jobs-sweep");
    }

    /**
     * Makes the temporary folder.
     *
     * @throws IOException when it cannot be made
     */
    public static LocalJobs open(ChildJvm jvm) throws IOException {
        LocalJobs jobs = new LocalJobs(jvm, Files.createTempDirectory("layerzoo-jobs-"));
        jvm.openFor(jobs.root);
        Runtime.getRuntime().addShutdownHook(jobs.hook);
        return jobs;
    }

    /**
     * Runs one job to its end.
     *
     * @param kind the job handler's kind
     * @param spec the job's specification
     * @param plugins the plugins that it may load
     * @param listener hears progress and log lines on this thread
     * @return how it ended; a result's files exist until {@link #close()}
     * @throws IOException when the job folder cannot be written
     * @throws InterruptedException when this thread is interrupted; the child is killed before
     */
    public Outcome run(String kind, JsonNode spec, List<PluginJar> plugins, Limits limits, JobListener listener)
            throws IOException, InterruptedException {
        JobFolder folder =
                JobFolder.create(root.resolve("job-" + count.incrementAndGet()), kind, spec, plugins, limits);
        jvm.lend(folder);
        Running job = new Running(new ChildProcess(jvm, folder, limits, listener), new CountDownLatch(1));
        running = Optional.of(job);
        try {
            return job.process().run();
        } finally {
            running = Optional.empty();
            job.ended().countDown();
        }
    }

    /** When this JVM is told to end, the job is asked to end first, so that it can keep what it has. */
    private void leave() {
        running.ifPresent(job -> {
            job.process().cancel();
            try {
                job.ended().await(GOODBYE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
        sweep();
    }

    private void sweep() {
        try (var folders = Files.list(root)) {
            for (Path folder : folders.toList()) {
                new JobFolder(folder).reclaim();
            }
            Files.deleteIfExists(root);
        } catch (IOException e) {
            System.err.println("the temporary folder " + root + " cannot be deleted: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            return; // the JVM is ending and the hook is at work
        }
        sweep();
    }
}
