package org.layerzoo.runner.agent;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.layerzoo.runner.child.ChildJvm;
import org.layerzoo.runner.child.JobFolder;
import org.layerzoo.runner.child.JobHandler;

/**
 * Leases jobs from a registry and runs them, one at a time, each in a child JVM, until it is stopped. What an earlier run
 * under the same name left behind when it crashed is removed first.
 */
public final class Agent {
    private static final int WAIT_SECONDS = 20;
    private static final Duration LOCK_PATIENCE = Duration.ofSeconds(10);

    private final AgentOptions options;
    private final ChildJvm jvm;
    private final Consumer<String> out;
    private final Path machineLock;

    private volatile boolean stopping;
    private volatile List<String> backends = List.of();
    private Optional<LeasedJob> current = Optional.empty();
    private Optional<Thread> thread = Optional.empty();

    /**
     * @param jvm how child JVMs are started
     * @param out takes lines for the agent's own log
     */
    public Agent(AgentOptions options, ChildJvm jvm, Consumer<String> out) {
        this(options, jvm, out, machineLock());
    }

    Agent(AgentOptions options, ChildJvm jvm, Consumer<String> out, Path machineLock) {
        this.options = options;
        this.jvm = options.jobUser().map(jvm::asUser).orElse(jvm);
        this.out = out;
        this.machineLock = machineLock;
    }

    /** One a user: another user's file could not be opened. */
    private static Path machineLock() {
        String name = "layerzoo-machine-" + System.getProperty("user.name") + ".lock";
        return Path.of(System.getProperty("java.io.tmpdir"), name);
    }

    /** Thrown when an agent cannot work at all; the message says why. */
    public static final class UnableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnableException(String message) {
            super(message);
        }
    }

    /**
     * Works until {@link #stop()}.
     *
     * @throws UnableException when the work folder is in use or unusable, or the registry denies the token
     */
    public void run() throws UnableException {
        synchronized (this) {
            thread = Optional.of(Thread.currentThread());
        }
        Path jobs = options.work().resolve("jobs");
        try (FileChannel _ = lockWork();
                RegistryClient registry = new RegistryClient(options.registry(), options.token())) {
            reclaim("job", jobs);
            JarStore jars = new JarStore(options.plugins(), options.work().resolve("jars"), registry);
            Path serving = options.work().resolve("serving");
            reclaim("deployment", serving);
            checkJobUser();
            backends = options.backends().isEmpty() ? new Capabilities(jvm, out).backends() : options.backends();
            Optional<Hosting> hosting = options.serve().map(address -> hosting(address, serving, registry, jars));
            try {
                work(new LeasedJob.Tools(
                        registry, jars, jvm, options.memoryBytes(), options.heapBytes(), jobs, machineLock, out));
            } finally {
                Thread.interrupted(); // meant for the wait for jobs
                hosting.ifPresent(Hosting::close);
            }
        } catch (RegistryException.Denied e) {
            throw new UnableException(e.getMessage());
        } catch (IOException e) {
            throw new UnableException("the work folder " + options.work() + " cannot be used: " + e);
        } catch (InterruptedException _) {
            out.accept("stopped");
        } finally {
            synchronized (this) {
                thread = Optional.empty();
            }
            Thread.interrupted();
        }
    }

    /** Ends the agent: a running job is cancelled and given back. Any thread. */
    public synchronized void stop() {
        stopping = true;
        if (current.isPresent()) {
            current.get().stop();
        } else {
            thread.ifPresent(Thread::interrupt);
        }
    }

    /** A job that could not read what it needs would fail much later, and less clearly. */
    private void checkJobUser() throws UnableException, InterruptedException {
        Optional<String> reason = jvm.cannotWorkIn(options.work());
        if (reason.isPresent()) {
            throw new UnableException("--job-user " + options.jobUser().orElse("") + ": " + reason.get());
        }
    }

    private Hosting hosting(String address, Path folder, RegistryClient registry, JarStore jars) {
        return new Hosting(
                registry,
                info(),
                changed -> new Deployment.Tools(
                        registry,
                        jars,
                        jvm,
                        folder,
                        address,
                        options.memoryBytes(),
                        Duration.ofSeconds(1),
                        changed,
                        out),
                out);
    }

    /** Holds the work folder for as long as the channel is open; two agents of one name would fight over it. */
    private FileChannel lockWork() throws IOException, InterruptedException, UnableException {
        Files.createDirectories(options.work());
        FileChannel channel = FileChannel.open(
                options.work().resolve("agent.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        long deadline = System.nanoTime() + LOCK_PATIENCE.toNanos();
        while (!locked(channel)) {
            if (System.nanoTime() > deadline) {
                channel.close();
                throw new UnableException("another runner uses " + options.work() + ": give this one another --name");
            }
            Thread.sleep(Duration.ofMillis(100)); // the one before may be on its way out
        }
        return channel;
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException _) {
            return false;
        }
    }

    private void reclaim(String what, Path jobs) throws IOException {
        Files.createDirectories(jobs);
        try (Stream<Path> left = Files.list(jobs)) {
            for (Path folder : left.toList()) {
                out.accept("removing what is left of " + what + " " + folder.getFileName());
                new JobFolder(folder).reclaim();
            }
        }
    }

    private void work(LeasedJob.Tools tools) throws IOException, InterruptedException {
        RunnerApi.LeaseRequest request = request();
        Backoff backoff = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(15));
        out.accept("runner " + options.name() + " waits for jobs of " + options.registry());
        while (!stopping) {
            try {
                Optional<RunnerApi.Lease> lease = tools.registry().lease(request);
                if (!backoff.fresh()) {
                    out.accept("the registry is back");
                    backoff.reset();
                }
                if (lease.isPresent()) {
                    runJob(new LeasedJob(tools, lease.get()));
                }
            } catch (RegistryException.Denied e) {
                throw e;
            } catch (RegistryException e) {
                if (backoff.fresh()) {
                    out.accept(e.getMessage() + "; trying again");
                }
                backoff.pause();
            }
        }
    }

    private void runJob(LeasedJob job) throws InterruptedException {
        synchronized (this) {
            current = Optional.of(job);
            if (stopping) {
                Thread.interrupted(); // meant for the wait that just ended
                job.stop();
            }
        }
        try {
            job.run();
        } finally {
            synchronized (this) {
                current = Optional.empty();
            }
        }
    }

    private RunnerApi.LeaseRequest request() {
        List<String> kinds = ServiceLoader.load(JobHandler.class).stream()
                .map(handler -> handler.get().kind())
                .filter(kind -> !kind.equals("serve")) // deployments are given, not leased
                .sorted()
                .toList();
        return new RunnerApi.LeaseRequest(info(), kinds, WAIT_SECONDS);
    }

    private RunnerApi.RunnerInfo info() {
        return new RunnerApi.RunnerInfo(
                options.name(),
                AgentOptions.hostName(),
                Runtime.getRuntime().availableProcessors(),
                options.memoryBytes(),
                options.heapBytes(),
                backends,
                Texts.cut(Runtime.version().toString(), 100));
    }
}
