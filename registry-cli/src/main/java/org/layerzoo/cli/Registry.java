package org.layerzoo.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The processes of {@code zoo up}: the service and, once it serves, the runner, which is started anew when it ends. */
final class Registry implements AutoCloseable {
    private static final String READY = "LayerZoo registry at ";
    private static final String FAILURE = "registry-service: ";
    private static final Duration START = Duration.ofMinutes(3);
    private static final Duration STOP = Duration.ofSeconds(30);
    private static final int RUNNER_STARTS = 5;
    /** A runner that lived this long was no failure to start. */
    private static final Duration WORKED = Duration.ofMinutes(1);

    private final Process service;
    private final PrintWriter err;
    private final CompletableFuture<String> url = new CompletableFuture<>();
    private final Thread hook = new Thread(this::stopAsAsked, "up-stop");
    private Optional<Process> runner = Optional.empty();
    private volatile boolean stopping;
    private final Thread errors;
    private volatile Optional<String> failure = Optional.empty();

    private Registry(Process service, boolean debug, PrintWriter err) {
        this.service = service;
        this.err = err;
        Thread.ofPlatform().daemon().name("up-service-output").start(() -> read(debug));
        errors = Thread.ofPlatform().daemon().name("up-service-errors").start(this::readErrors);
        service.onExit().thenRun(() -> url.completeExceptionally(new IOException("the service ended")));
        Runtime.getRuntime().addShutdownHook(hook);
    }

    static Registry start(List<String> command, boolean debug, PrintWriter err) {
        try {
            Process p = new ProcessBuilder(command)
                    .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                    .start();
            return new Registry(p, debug, err);
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the registry cannot be started: " + e.getMessage(), e);
        }
    }

    /** The service's log goes to stderr with --debug; the line that says where it listens is for us. */
    private void read(boolean debug) {
        try (BufferedReader lines = service.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(READY)) {
                    url.complete(line.substring(READY.length()).strip());
                } else if (debug) {
                    err.println(line);
                }
            }
        } catch (IOException | UncheckedIOException _) {
            url.completeExceptionally(new IOException("the service ended"));
        }
    }

    /** Why the service does not start becomes our own message; whatever else it says is passed on. */
    private void readErrors() {
        try (BufferedReader lines = service.errorReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(FAILURE) && !ready()) {
                    failure = Optional.of(line.substring(FAILURE.length()));
                } else {
                    err.println(line);
                    err.flush();
                }
            }
        } catch (IOException | UncheckedIOException _) {
            // the service has ended
        }
    }

    private boolean ready() {
        return url.isDone() && !url.isCompletedExceptionally();
    }

    /** The address at which the service is healthy. @throws CommandFailure with the service's own exit code when it ended */
    String awaitReady() throws InterruptedException {
        try {
            String address = url.get(START.toSeconds(), TimeUnit.SECONDS);
            awaitHealth(address);
            return address;
        } catch (ExecutionException _) {
            int exit = service.waitFor();
            errors.join();
            throw CommandFailure.of(
                    exit == 2 ? 2 : 3,
                    failure.orElse("the registry ended before it was ready, with exit code " + exit));
        } catch (TimeoutException e) {
            throw CommandFailure.cannotRun("the registry did not start within " + START.toMinutes() + " minutes", e);
        }
    }

    private void awaitHealth(String address) throws InterruptedException {
        HttpRequest ask = HttpRequest.newBuilder(URI.create(address + "/actuator/health"))
                .timeout(Duration.ofSeconds(5))
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            boolean ended = Await.truth(START, () -> !service.isAlive() || healthy(http, ask));
            if (ended && service.isAlive()) {
                return;
            }
        }
        throw CommandFailure.of(3, "the registry at " + address + " is not healthy");
    }

    private static boolean healthy(HttpClient http, HttpRequest ask) {
        try {
            return http.send(ask, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException _) {
            return false; // not yet
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.cannotRun("interrupted", e);
        }
    }

    /** Starts the runner, and again when it ends by itself. */
    void startRunner(List<String> command) {
        startRunner(command, RUNNER_STARTS);
    }

    private synchronized void startRunner(List<String> command, int left) {
        if (stopping) {
            return;
        }
        if (left == 0) {
            err.println("zoo: the local runner ended " + RUNNER_STARTS
                    + " times at its start; jobs wait until a runner is started");
            return;
        }
        try {
            Process p = new ProcessBuilder(command)
                    .redirectErrorStream(false)
                    .inheritIO()
                    .start();
            runner = Optional.of(p);
            long begun = System.nanoTime();
            p.onExit().thenRun(() -> {
                boolean worked = System.nanoTime() - begun > WORKED.toNanos();
                startRunner(command, worked ? RUNNER_STARTS : left - 1);
            });
        } catch (IOException e) {
            err.println("zoo: the local runner cannot be started: " + e.getMessage());
        }
    }

    /** Waits until the service ends; 3 when nobody asked it to. */
    int awaitEnd() throws InterruptedException {
        int exit = service.waitFor();
        if (stopping) {
            return 0;
        }
        err.println("zoo: the registry ended by itself (exit code " + exit + ")");
        return 3;
    }

    /** After Ctrl-C or TERM: a stop that was asked for is exit 0. */
    private void stopAsAsked() {
        stop();
        Runtime.getRuntime().halt(0);
    }

    private void stop() {
        synchronized (this) {
            stopping = true;
        }
        runner.ifPresent(Registry::end);
        end(service);
    }

    private static void end(Process p) {
        p.destroy();
        try {
            if (!p.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
                p.destroyForcibly().waitFor();
            }
        } catch (InterruptedException _) {
            p.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            return; // the JVM is ending and the hook is at work
        }
        stop();
    }
}
