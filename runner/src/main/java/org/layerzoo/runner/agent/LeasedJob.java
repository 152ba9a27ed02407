package org.layerzoo.runner.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.layerzoo.runner.child.ChildJvm;
import org.layerzoo.runner.child.ChildProcess;
import org.layerzoo.runner.child.JobFolder;
import org.layerzoo.runner.child.Limits;
import org.layerzoo.runner.child.Outcome;
import org.layerzoo.runner.child.PluginJar;
import org.layerzoo.runner.child.Problem;
import org.layerzoo.runner.child.RunnerProblem;

/** One leased job from its jars to its delivered result. */
final class LeasedJob {
    /** Kinds whose figures would suffer from a neighbour. */
    private static final Set<String> ALONE = Set.of("benchmark", "comparison");

    private static final long MAX_FILES_BYTES = 32L << 20;
    private static final String FILE_NAME = "[A-Za-z0-9._-]{1,100}";
    private static final Duration DELIVERY = Duration.ofMinutes(10);
    private static final Duration DELIVERY_WHEN_STOPPED = Duration.ofSeconds(4);

    private final Tools tools;
    private final RunnerApi.Lease lease;
    private final JobFolder folder;
    private Optional<ChildProcess> child = Optional.empty();
    private boolean ended;
    private volatile boolean stopped;

    /**
     * What an agent lends to its jobs.
     *
     * @param memoryBytes tensor budget of this machine
     * @param heapBytes the most heap that a job gets
     * @param jobs folder in which job folders are made
     * @param machineLock file by which measurements get the machine alone
     * @param out the agent's own log
     */
    record Tools(
            RegistryClient registry,
            JarStore jars,
            ChildJvm jvm,
            long memoryBytes,
            long heapBytes,
            Path jobs,
            Path machineLock,
            Consumer<String> out) {}

    LeasedJob(Tools tools, RunnerApi.Lease lease) {
        this.tools = tools;
        this.lease = lease;
        this.folder = new JobFolder(tools.jobs().resolve(lease.jobId() + "-" + lease.attempt()));
    }

    /** Runs the job and delivers how it ended; never throws for anything that the job did. */
    void run() throws InterruptedException {
        tools.out().accept("job " + lease.jobId() + " (" + lease.kind() + ", attempt " + lease.attempt() + ") begins");
        Courier courier = new Courier(tools.registry(), lease, this::end, tools.out());
        try {
            Outcome outcome = outcome(courier);
            courier.close();
            if (!courier.lost()) {
                deliver(courier, outcome);
            }
        } finally {
            courier.close();
            deleteFolder();
        }
    }

    /** The agent ends: the job may run elsewhere. */
    void stop() {
        stopped = true;
        end();
    }

    /** Ends the child, or keeps one from being started. */
    private synchronized void end() {
        ended = true;
        child.ifPresent(ChildProcess::cancel);
    }

    private synchronized boolean ended() {
        return ended;
    }

    private Outcome outcome(Courier courier) throws InterruptedException {
        try {
            List<PluginJar> plugins = plugins();
            Limits limits = limits();
            JobFolder.create(folder.path(), lease.kind(), lease.spec(), plugins, limits);
            tools.jvm().lend(folder);
            Optional<MachineLock> lock =
                    MachineLock.acquire(tools.machineLock(), ALONE.contains(lease.kind()), this::ended);
            if (lock.isEmpty()) {
                return new Outcome.Cancelled();
            }
            try (MachineLock _ = lock.get()) {
                return runChild(new ChildProcess(tools.jvm(), folder, limits, courier));
            }
        } catch (RegistryException e) {
            return new Outcome.Failed(Problem.of("plugin-unavailable", 3, e.getMessage()));
        } catch (IOException e) {
            return new Outcome.Failed(RunnerProblem.CHILD_START.with("the job folder cannot be written: " + e));
        } catch (IllegalArgumentException e) {
            return new Outcome.Failed(
                    Problem.of("lease-invalid", 3, "the job cannot run as leased: " + e.getMessage()));
        }
    }

    private Outcome runChild(ChildProcess process) throws InterruptedException {
        synchronized (this) {
            child = Optional.of(process);
            if (ended) {
                process.cancel();
            }
        }
        return process.run();
    }

    private List<PluginJar> plugins() throws IOException, InterruptedException {
        List<PluginJar> plugins = new ArrayList<>();
        for (RunnerApi.LeasedPlugin plugin : lease.plugins()) {
            plugins.add(tools.jars().find(plugin));
        }
        return plugins;
    }

    /** What the lease asks for, within what this machine gives. */
    private Limits limits() {
        Limits own = Limits.defaults();
        RunnerApi.Limits asked = lease.limits();
        long memory = Math.min(asked.memoryBytes().orElse(tools.memoryBytes()), tools.memoryBytes());
        long heap = Math.min(asked.heapBytes().orElse(own.heapBytes()), tools.heapBytes());
        int threads = Math.min(asked.threads().orElse(own.threads()), own.threads());
        return own.withHeapBytes(heap)
                .withMemoryBytes(memory)
                .withThreads(threads)
                .withWallTime(Duration.ofSeconds(asked.wallSeconds()));
    }

    private void deliver(Courier courier, Outcome outcome) throws InterruptedException {
        boolean sent = patiently(() -> {
            courier.flush();
            switch (outcome) {
                case Outcome.Succeeded done -> complete(done);
                case Outcome.Refused(Problem problem) -> fail(problem, mayHelp(problem));
                case Outcome.Failed(Problem problem) -> fail(problem, mayHelp(problem));
                case Outcome.Cancelled() -> cancelled(courier);
            }
        });
        tools.out()
                .accept("job " + lease.jobId() + (sent ? " ended: " : " ended and could not be delivered: ")
                        + summary(outcome));
    }

    private static String summary(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Succeeded _ -> "succeeded";
            case Outcome.Refused(Problem problem) -> problem.code() + ", " + problem.detail();
            case Outcome.Failed(Problem problem) -> problem.code() + ", " + problem.detail();
            case Outcome.Cancelled _ -> "cancelled";
        };
    }

    /** Whether another attempt, here or elsewhere, can end better: what the job itself did will happen again. */
    private static boolean mayHelp(Problem problem) {
        return Set.of(
                        RunnerProblem.CHILD_START.code(),
                        RunnerProblem.RUNNER_BROKEN.code(),
                        RunnerProblem.JOB_KIND_UNKNOWN.code(),
                        RunnerProblem.RUNNER_STOPPED.code(),
                        "plugin-unavailable")
                .contains(problem.code());
    }

    private void cancelled(Courier courier) throws IOException, InterruptedException {
        if (stopped && !courier.cancelRequested()) {
            fail(RunnerProblem.RUNNER_STOPPED.with("the runner was stopped while the job ran"), true);
        } else {
            fail(Problem.of("cancelled", 3, "the job was cancelled"), false);
        }
    }

    private void complete(Outcome.Succeeded done) throws IOException, InterruptedException {
        Map<String, byte[]> files = new HashMap<>();
        long bytes = 0;
        for (Path file : done.files()) {
            String name = file.getFileName().toString();
            if (!folder.holds(file)) {
                // It was one when the job named it; now that no process of the job is left it stays what it is.
                fail(RunnerProblem.RESULT_INVALID.with("result file '" + name + "' is no file of the job's"), false);
                return;
            }
            bytes += Files.size(file);
            if (!name.matches(FILE_NAME) || files.containsKey(name) || bytes > MAX_FILES_BYTES) {
                fail(
                        RunnerProblem.RESULT_INVALID.with(
                                "result file '" + name + "' cannot be handed in: names must be"
                                        + " different and match " + FILE_NAME + ", and all files together have at most "
                                        + Limits.formatSize(MAX_FILES_BYTES)),
                        false);
                return;
            }
            files.put(name, Files.readAllBytes(file));
        }
        try {
            tools.registry()
                    .complete(lease.jobId(), new RunnerApi.Completion(lease.fencingToken(), done.json(), files));
        } catch (RegistryException.Rejected e) {
            fail(RunnerProblem.RESULT_INVALID.with("the registry did not take the result: " + e.getMessage()), false);
        }
    }

    private void fail(Problem problem, boolean retry) throws IOException, InterruptedException {
        RunnerApi.FailureProblem told = new RunnerApi.FailureProblem(
                Texts.cut(problem.code(), 100), Texts.cut(problem.title(), 300), Texts.cut(problem.detail(), 10_000));
        tools.registry().fail(lease.jobId(), new RunnerApi.Failure(lease.fencingToken(), told, retry));
    }

    private interface Delivery {
        void attempt() throws IOException, InterruptedException;
    }

    /** Repeats a delivery while the registry is away; false when it was given up. */
    private boolean patiently(Delivery delivery) throws InterruptedException {
        Backoff backoff = new Backoff(Duration.ofMillis(250), Duration.ofSeconds(10));
        long begun = System.nanoTime();
        while (true) {
            try {
                delivery.attempt();
                return true;
            } catch (RegistryException.Unavailable e) {
                Duration patience = stopped ? DELIVERY_WHEN_STOPPED : DELIVERY;
                if (System.nanoTime() - begun > patience.toNanos()) {
                    tools.out().accept(e.getMessage());
                    return false;
                }
                backoff.pause();
            } catch (IOException e) {
                tools.out().accept("job " + lease.jobId() + ": " + e.getMessage());
                return false;
            }
        }
    }

    private void deleteFolder() {
        try {
            folder.delete();
        } catch (IOException e) {
            tools.out().accept("the folder of job " + lease.jobId() + " cannot be deleted: " + e);
        }
    }
}
