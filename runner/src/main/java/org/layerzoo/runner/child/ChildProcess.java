package org.layerzoo.runner.child;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * One job in one child JVM: forks it, gives it the job folder and a pipe, holds it to its limits and says how it ended.
 * Whatever the child does, it ends its own job only, and nothing that it started is left behind.
 */
public final class ChildProcess {
    static final String CRASH_REPORT = "hs_err.log";
    private static final int CRASH_REPORT_LINES = 40;
    private static final Duration GOODBYE = Duration.ofSeconds(2);
    private static final Duration DEFAULT_GRACE = Duration.ofSeconds(3);

    private final ChildJvm jvm;
    private final JobFolder folder;
    private final Limits limits;
    private final JobListener listener;
    private final Duration grace;

    private final AtomicBoolean ran = new AtomicBoolean();
    private final AtomicReference<Outcome> verdict = new AtomicReference<>();
    private final AtomicReference<Frames.Writer> toChild = new AtomicReference<>();
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>(1024);
    private final ChildLog log = new ChildLog(line -> put(new Event.Line(line)), this::flooded);
    private volatile long cancelledAt;
    private volatile boolean greeted;
    private volatile boolean over;
    private boolean logOpen = true;

    /** What reaches the thread that runs the job. */
    private sealed interface Event {
        record Received(Message message) implements Event {}

        record Line(String text) implements Event {}

        record Garbage(String reason) implements Event {}

        record PipeClosed() implements Event {}

        record LogClosed() implements Event {}

        record Exited(int code) implements Event {}
    }

    /** A job whose child has three seconds to end by itself when it is cancelled. */
    public ChildProcess(ChildJvm jvm, JobFolder folder, Limits limits, JobListener listener) {
        this(jvm, folder, limits, listener, DEFAULT_GRACE);
    }

    ChildProcess(ChildJvm jvm, JobFolder folder, Limits limits, JobListener listener, Duration grace) {
        this.jvm = jvm;
        this.folder = folder;
        this.limits = limits;
        this.listener = listener;
        this.grace = grace;
    }

    /**
     * Runs the job to its end; the listener is called on this thread. May be called once.
     *
     * @throws InterruptedException when this thread is interrupted; the child is killed before
     */
    public Outcome run() throws InterruptedException {
        if (!ran.compareAndSet(false, true)) {
            throw new IllegalStateException("a ChildProcess runs once");
        }
        if (verdict.get() != null) {
            return verdict.get(); // cancelled before it began
        }
        String mark = UUID.randomUUID().toString();
        Process process;
        try {
            process = jvm.start(limits, folder, mark);
        } catch (IOException e) {
            return new Outcome.Failed(
                    RunnerProblem.CHILD_START.with("the job's JVM cannot be started: " + e.getMessage()));
        }
        ProcessTree tree = new ProcessTree(process.toHandle(), mark);
        try (Watchdog _ = new Watchdog(tree, limits, this::graceIsOver, this::settle)) {
            return converse(process, tree);
        } finally {
            over = true;
            tree.kill();
            events.clear(); // lets a reader that waits for room see that it is over
        }
    }

    /** Asks the child to end, and kills it when it does not; the outcome is {@link Outcome.Cancelled}. Any thread. */
    public synchronized void cancel() {
        if (verdict.get() != null) {
            return;
        }
        cancelledAt = System.nanoTime(); // before the verdict, which starts the grace period
        if (!verdict.compareAndSet(null, new Outcome.Cancelled())) {
            return;
        }
        Frames.Writer writer = toChild.get();
        if (writer != null) {
            send(writer, new Message.Cancel());
        }
    }

    private boolean graceIsOver() {
        return verdict.get() instanceof Outcome.Cancelled && System.nanoTime() - cancelledAt > grace.toNanos();
    }

    /** The first cause of an ending is the one that is told. */
    private void settle(Problem problem) {
        verdict.compareAndSet(null, Outcome.of(problem));
    }

    private void flooded() {
        settle(RunnerProblem.LIMIT_OUTPUT.with(
                "the job wrote more than " + Limits.formatSize(ChildLog.MAX_BYTES) + " of output and was killed"));
        put(new Event.Garbage("flood"));
    }

    private Outcome converse(Process process, ProcessTree tree) throws InterruptedException {
        try {
            folder.writeOwner(tree.owner());
        } catch (IOException e) {
            return new Outcome.Failed(
                    RunnerProblem.CHILD_START.with("the job folder cannot be written: " + e.getMessage()));
        }
        reader("job-frames", () -> readFrames(process.getInputStream()));
        reader("job-log", () -> {
            log.pump(process.getErrorStream());
            put(new Event.LogClosed());
        });
        process.onExit().thenAccept(ended -> reader("job-exit", () -> put(new Event.Exited(ended.exitValue()))));
        Frames.Writer writer = new Frames.Writer(process.getOutputStream());
        toChild.set(writer);
        send(writer, new Message.Start());
        if (verdict.get() instanceof Outcome.Cancelled) {
            send(writer, new Message.Cancel());
        }
        Optional<Integer> exit = untilLast();
        tree.killDescendants();
        return exit.isPresent() ? afterExit(exit.get()) : dismiss(process, tree);
    }

    private static void reader(String name, Runnable body) {
        Thread.ofPlatform().daemon().name(name).start(body);
    }

    private void readFrames(InputStream in) {
        Frames.Reader reader = new Frames.Reader(in);
        try {
            for (Optional<Message> message = reader.read(); message.isPresent(); message = reader.read()) {
                if (message.get() instanceof Message.Log(String line)) {
                    log.message(line);
                } else {
                    put(new Event.Received(message.get()));
                }
            }
        } catch (Frames.GarbageException e) {
            put(new Event.Garbage(e.getMessage()));
            return;
        } catch (IOException _) {
            // the pipe broke because the child is gone
        }
        put(new Event.PipeClosed());
    }

    private void put(Event event) {
        try {
            while (!over && !events.offer(event, 200, TimeUnit.MILLISECONDS)) {
                // the listener is slow: the child waits on its pipe
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(Frames.Writer writer, Message message) {
        try {
            writer.write(message);
        } catch (IOException _) {
            // the child is gone; its exit code tells more than this broken pipe
        }
    }

    /** Handles events until the child's last word; the exit code when it left without one. */
    private Optional<Integer> untilLast() throws InterruptedException {
        boolean pipeOpen = true;
        Optional<Integer> exit = Optional.empty();
        while (pipeOpen || exit.isEmpty()) {
            Event event = next(pipeOpen && exit.isEmpty());
            switch (event) {
                case Event.Received(Message message) -> {
                    if (isLast(message)) {
                        return exit;
                    }
                }
                case Event.Line(String text) -> listener.log(text);
                case Event.Garbage(String reason) -> {
                    settle(garbage(reason));
                    return exit;
                }
                case Event.PipeClosed() -> pipeOpen = false;
                case Event.LogClosed() -> logOpen = false;
                case Event.Exited(int code) -> exit = Optional.of(code);
                case null -> {
                    return exit; // half of the end came, the other half is overdue
                }
            }
        }
        return exit;
    }

    private Event next(boolean alive) throws InterruptedException {
        return alive ? events.take() : events.poll(GOODBYE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private boolean isLast(Message message) {
        switch (message) {
            case Message.Hello _ -> greeted = true;
            case Message.Progress(double fraction, String text) -> listener.progress(fraction, text);
            case Message.Announcement(JsonNode json) -> listener.announced(json);
            case Message.Log(String line) -> throw new IllegalStateException("not for this thread: " + line);
            case Message.Result result -> {
                verdict.compareAndSet(null, outcome(result));
                return true;
            }
            case Message.Failure(Problem problem) -> {
                settle(problem);
                return true;
            }
            case Message.Start _, Message.Cancel _ -> {
                settle(garbage("the child sent a message that only a runner sends"));
                return true;
            }
        }
        return false;
    }

    private static Problem garbage(String reason) {
        return RunnerProblem.CHILD_PROTOCOL.with(
                "the job's process wrote to the runner's pipe and was killed: " + reason);
    }

    private Outcome outcome(Message.Result result) {
        try {
            List<Path> files = result.files().stream().map(folder::resultFile).toList();
            return new Outcome.Succeeded(result.json(), files);
        } catch (JobProblem e) {
            return Outcome.of(e.problem());
        }
    }

    /** Ends a child that has said its last word: it leaves when its input closes. */
    private Outcome dismiss(Process process, ProcessTree tree) throws InterruptedException {
        if (verdict.get() == null) {
            settle(garbage("it closed the pipe"));
        }
        try {
            process.getOutputStream().close();
        } catch (IOException _) {
            // it left already
        }
        boolean orderly = !(verdict.get() instanceof Outcome.Failed)
                && process.waitFor(GOODBYE.toMillis(), TimeUnit.MILLISECONDS);
        if (!orderly) {
            tree.kill();
        }
        drainLog();
        return verdict.get();
    }

    private Outcome afterExit(int code) throws InterruptedException {
        drainLog();
        if (verdict.get() == null) {
            settle(diagnose(code));
        }
        return verdict.get();
    }

    /** Passes on the log lines that are still under way. */
    private void drainLog() throws InterruptedException {
        while (logOpen) {
            switch (next(false)) {
                case Event.Line(String text) -> listener.log(text);
                case Event.LogClosed() -> logOpen = false;
                case null -> {
                    return; // something that could not be killed still holds the stream
                }
                default -> {}
            }
        }
    }

    private Problem diagnose(int code) {
        List<String> tail = log.tail();
        String last = tail.isEmpty() ? "it wrote nothing" : "its last line was: " + tail.getLast();
        if (log.sawOutOfMemory()) {
            return RunnerProblem.LIMIT_HEAP.with(
                    "the job's Java heap of " + Limits.formatSize(limits.heapBytes()) + " was full");
        }
        if (!greeted) {
            return RunnerProblem.CHILD_START.with(
                    "the job's JVM ended with exit code " + code + " before it was up; " + last);
        }
        Optional<String> crash = crashReport();
        if (crash.isPresent()) {
            return RunnerProblem.CHILD_CRASHED.with("the job's JVM crashed: " + crash.get());
        }
        if (code > 128) {
            return RunnerProblem.CHILD_CRASHED.with(
                    "the job's process was ended by signal " + Signals.name(code - 128));
        }
        return RunnerProblem.CHILD_EXITED.with(
                "the job's process exited with code " + code + " before it gave a result; " + last);
    }

    /** Puts the head of the JVM's crash report, if there is one, into the log and picks its cause. */
    private Optional<String> crashReport() {
        Path report = folder.temporary().resolve(CRASH_REPORT);
        // A job can put a link there, and the log is for all to read.
        if (!Files.isRegularFile(report, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(report, StandardCharsets.ISO_8859_1)) {
            List<String> head = lines.limit(CRASH_REPORT_LINES).toList();
            head.forEach(listener::log);
            String cause = head.stream()
                    .map(line -> line.replaceFirst("^#\\s*", ""))
                    .filter(line -> line.contains("(0x") || line.contains("insufficient memory"))
                    .findFirst()
                    .orElse("cause unknown");
            return Optional.of(cause + "; the log holds the JVM's report");
        } catch (IOException | UncheckedIOException _) {
            return Optional.empty(); // half a report is of no use
        }
    }
}
