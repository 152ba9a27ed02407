package org.layerzoo.runner.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.layerzoo.runner.child.ChildJvm;
import org.layerzoo.runner.child.ChildProcess;
import org.layerzoo.runner.child.JobFolder;
import org.layerzoo.runner.child.JobListener;
import org.layerzoo.runner.child.Limits;
import org.layerzoo.runner.child.Outcome;
import org.layerzoo.runner.child.PluginJar;
import org.layerzoo.runner.child.RunnerProblem;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One deployment in one child process at a time, started anew when it dies, with growing pauses. */
final class Deployment {
    private static final long HEAP = 512L << 20;

    private static final Duration FOREVER = Duration.ofDays(3650);
    /** A process that served this long was no failure to start. */
    private static final Duration WORKED = Duration.ofMinutes(1);

    private final Tools tools;
    private final RunnerApi.Hosted wanted;
    private final Thread thread;
    private final Backoff backoff;
    private Optional<ChildProcess> child = Optional.empty();
    private boolean stopping;
    private volatile RunnerApi.HostReport report;

    /**
     * What an agent lends to its deployments.
     *
     * @param folder folder in which the children's folders are made
     * @param address on which the children listen
     * @param memoryBytes tensor budget where a deployment names none
     * @param changed is told when a report has changed
     */
    record Tools(
            RegistryClient registry,
            JarStore jars,
            ChildJvm jvm,
            Path folder,
            String address,
            long memoryBytes,
            Duration firstPause,
            Runnable changed,
            Consumer<String> out) {}

    private Deployment(Tools tools, RunnerApi.Hosted wanted) {
        this.tools = tools;
        this.wanted = wanted;
        this.backoff = new Backoff(tools.firstPause(), Duration.ofMinutes(1));
        this.report = report("starting", "its process is being started", 0);
        this.thread =
                Thread.ofPlatform().daemon().name("deployment-" + wanted.name()).unstarted(this::hold);
    }

    static Deployment start(Tools tools, RunnerApi.Hosted wanted) {
        Deployment deployment = new Deployment(tools, wanted);
        deployment.thread.start();
        return deployment;
    }

    RunnerApi.HostReport report() {
        return report;
    }

    boolean is(RunnerApi.Hosted other) {
        return wanted.name().equals(other.name()) && wanted.generation() == other.generation();
    }

    /** Asks the child to end; {@link #join()} waits for that. */
    synchronized void stop() {
        stopping = true;
        child.ifPresent(ChildProcess::cancel);
        thread.interrupt();
    }

    void join() throws InterruptedException {
        thread.join();
    }

    boolean ended() {
        return !thread.isAlive();
    }

    private RunnerApi.HostReport report(String state, String reason, int restarts) {
        return new RunnerApi.HostReport(
                wanted.name(),
                wanted.generation(),
                state,
                Texts.cut(reason, 2000),
                restarts,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private void tell(RunnerApi.HostReport news) {
        report = news;
        tools.changed().run();
    }

    private void hold() {
        try {
            for (int starts = 0; !stopping(); starts++) {
                long begun = System.nanoTime();
                int restarts = starts;
                Outcome outcome = serve(restarts);
                if (stopping()) {
                    return;
                }
                if (outcome instanceof Outcome.Refused(var problem)) {
                    say("failed: " + problem.detail());
                    tell(report("failed", problem.detail(), restarts));
                    return;
                }
                if (System.nanoTime() - begun > WORKED.toNanos()) {
                    backoff.reset();
                }
                String reason = reason(outcome);
                say(reason + "; it is started anew");
                tell(report("starting", reason + "; it is started anew", restarts + 1));
                backoff.pause();
            }
        } catch (InterruptedException _) {
            // stopped between two processes
        }
    }

    private static String reason(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Refused(var problem) -> problem.detail();
            case Outcome.Failed(var problem) -> problem.detail();
            case Outcome.Cancelled _ -> "its process was cancelled";
            case Outcome.Succeeded _ -> "its process ended by itself";
        };
    }

    private void say(String text) {
        tools.out().accept("deployment " + wanted.name() + ": " + text);
    }

    private synchronized boolean stopping() {
        return stopping;
    }

    private Outcome serve(int restarts) throws InterruptedException {
        JobFolder folder =
                new JobFolder(tools.folder().resolve(wanted.name() + "-" + wanted.generation() + "-" + restarts));
        try {
            folder.reclaim();
            JobFolder.create(folder.path(), "serve", spec(), plugins(), limits());
            tools.jvm().lend(folder);
            return run(new ChildProcess(tools.jvm(), folder, limits(), new Listener(restarts)));
        } catch (IOException | IllegalArgumentException e) {
            return new Outcome.Failed(RunnerProblem.CHILD_START.with("it cannot be started: " + e.getMessage()));
        } finally {
            delete(folder);
        }
    }

    private Outcome run(ChildProcess process) throws InterruptedException {
        synchronized (this) {
            if (stopping) {
                return new Outcome.Cancelled();
            }
            child = Optional.of(process);
        }
        try {
            return process.run();
        } finally {
            synchronized (this) {
                child = Optional.empty();
            }
        }
    }

    private ObjectNode spec() throws IOException, InterruptedException {
        ObjectNode spec = wanted.spec().deepCopy();
        spec.put("address", tools.address()).put("secret", wanted.secret());
        if (wanted.weights().isPresent()) {
            spec.put("weights", tools.jars().file(wanted.weights().get()).toString());
        }
        return spec;
    }

    private List<PluginJar> plugins() throws IOException, InterruptedException {
        List<PluginJar> plugins = new ArrayList<>();
        for (RunnerApi.LeasedPlugin plugin : wanted.plugins()) {
            plugins.add(tools.jars().find(plugin));
        }
        return plugins;
    }

    private Limits limits() {
        Limits own = Limits.defaults();
        return new Limits(
                wanted.limits().heapBytes().orElse(HEAP),
                wanted.limits()
                        .memoryBytes()
                        .map(m -> Math.min(m, tools.memoryBytes()))
                        .orElse(tools.memoryBytes()),
                FOREVER,
                Math.min(wanted.limits().threads().orElse(own.threads()), own.threads()));
    }

    private void delete(JobFolder folder) {
        try {
            folder.delete();
        } catch (IOException e) {
            say("its folder cannot be deleted: " + e);
        }
    }

    private final class Listener implements JobListener {
        private final int restarts;

        Listener(int restarts) {
            this.restarts = restarts;
        }

        @Override
        public void progress(double fraction, String message) {
            if (report.state().equals("starting")) {
                tell(report("starting", message, restarts));
            }
        }

        @Override
        public void announced(JsonNode document) {
            say("ready");
            tell(new RunnerApi.HostReport(
                    wanted.name(),
                    wanted.generation(),
                    "ready",
                    "",
                    restarts,
                    Optional.of(tools.address()),
                    Optional.of(document.path("port").asInt()),
                    Optional.of(document.path("model"))));
        }

        @Override
        public void log(String line) {
            say(line);
        }
    }
}
