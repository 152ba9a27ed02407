package org.layerzoo.runner.agent;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Holds the deployments that the registry gives to this agent, beside its jobs: it says every second how they stand and
 * hears which ones there shall be. They go on when the registry is away.
 */
final class Hosting implements AutoCloseable {
    private static final Duration BEAT = Duration.ofSeconds(1);

    private final RegistryClient registry;
    private final RunnerApi.RunnerInfo self;
    private final Function<Runnable, Deployment.Tools> tools;
    private final Consumer<String> out;
    private final List<Deployment> deployments = new ArrayList<>();
    private final Semaphore news = new Semaphore(0);
    private final Thread thread;
    private volatile boolean stopping;

    /** @param tools makes what a deployment needs, given what is to be told when its state has changed */
    Hosting(
            RegistryClient registry,
            RunnerApi.RunnerInfo self,
            Function<Runnable, Deployment.Tools> tools,
            Consumer<String> out) {
        this.registry = registry;
        this.self = self;
        this.tools = tools;
        this.out = out;
        this.thread = Thread.ofPlatform().daemon().name("hosting").start(this::work);
    }

    private void work() {
        Deployment.Tools lent = tools.apply(news::release);
        Backoff backoff = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(5));
        try {
            while (!stopping) {
                try {
                    become(beat().deployments(), lent);
                    backoff.reset();
                } catch (RegistryException e) {
                    if (backoff.fresh()) {
                        out.accept("deployments: " + e.getMessage() + "; trying again");
                    }
                    backoff.pause();
                } catch (IOException e) {
                    out.accept("deployments: " + e);
                    backoff.pause();
                }
                news.tryAcquire(BEAT.toMillis(), TimeUnit.MILLISECONDS);
                news.drainPermits();
            }
        } catch (InterruptedException _) {
            // closed
        }
    }

    private RunnerApi.HostAnswer beat() throws IOException, InterruptedException {
        List<RunnerApi.HostReport> reports =
                deployments.stream().map(Deployment::report).toList();
        return registry.host(new RunnerApi.HostBeat(self, reports));
    }

    private void become(List<RunnerApi.Hosted> wanted, Deployment.Tools lent) {
        for (Deployment held : deployments) {
            if (wanted.stream().noneMatch(held::is)) {
                held.stop();
            }
        }
        // One that is on its way out is told of until its process is gone: then its name may be used again.
        deployments.removeIf(held -> wanted.stream().noneMatch(held::is) && held.ended());
        for (RunnerApi.Hosted one : wanted) {
            if (deployments.stream().noneMatch(held -> held.is(one))) {
                deployments.add(Deployment.start(lent, one));
            }
        }
    }

    @Override
    public void close() {
        stopping = true;
        thread.interrupt();
        try {
            thread.join();
            deployments.forEach(Deployment::stop);
            for (Deployment held : deployments) {
                held.join();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
