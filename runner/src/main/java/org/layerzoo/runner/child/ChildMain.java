package org.layerzoo.runner.child;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import sun.misc.Signal;

/**
 * The child's end of the pipe: says hello, runs the job in the working directory when told to start, answers with the
 * result or the problem, and halts when the pipe closes, because then its runner is done with it or dead.
 */
public final class ChildMain {
    private static final int HALT_ORDERLY = 0;

    private final Frames.Writer runner;
    private final Thread worker = Thread.currentThread();
    private final CountDownLatch started = new CountDownLatch(1);
    private final JobFolder folder = new JobFolder(Path.of(""));
    private volatile boolean cancelled;
    private volatile Optional<ChildContext> context = Optional.empty();

    private ChildMain(Frames.Writer runner) {
        this.runner = runner;
    }

    /** Runs one job; takes no arguments. */
    public static void main(String[] arguments) throws InterruptedException {
        // Ctrl-C in a terminal reaches this process as well. Its runner hears it too and asks the job to end in order.
        Signal.handle(new Signal("INT"), _ -> {});
        StandardStreams streams = StandardStreams.claim();
        ChildMain child = new ChildMain(new Frames.Writer(streams.out()));
        Thread.ofPlatform().daemon().name("runner-pipe").start(() -> child.obey(new Frames.Reader(streams.in())));
        child.send(new Message.Hello(
                ProcessHandle.current().pid(), Runtime.version().toString()));
        child.started.await();
        child.send(child.answer());
        Thread.interrupted(); // a cancel that came too late
        while (true) {
            Thread.sleep(Long.MAX_VALUE); // the runner closes the pipe once it has read the answer
        }
    }

    private void obey(Frames.Reader reader) {
        try {
            for (Optional<Message> message = reader.read(); message.isPresent(); message = reader.read()) {
                switch (message.get()) {
                    case Message.Start _ -> started.countDown();
                    case Message.Cancel _ -> cancel();
                    default -> throw new IOException("unexpected " + message.get());
                }
            }
        } catch (IOException | RuntimeException e) {
            System.err.println("the runner's pipe broke: " + e);
        } finally {
            leave();
        }
    }

    private void cancel() {
        cancelled = true;
        context.ifPresent(ChildContext::cancel);
        worker.interrupt();
    }

    private static void leave() {
        try {
            // when the runner died nobody else ends what this job forked
            new ProcessTree(ProcessHandle.current(), System.getenv().getOrDefault(ChildJvm.MARK, "none"))
                    .killDescendants();
        } finally {
            Runtime.getRuntime().halt(HALT_ORDERLY);
        }
    }

    private Message answer() {
        try {
            JobFolder.Job job = folder.readJob();
            JobHandler handler = handler(job.kind());
            ChildContext own = new ChildContext(folder, job, runner);
            context = Optional.of(own);
            if (cancelled) {
                own.cancel(); // it came before the context was there to hear it
            }
            return result(handler.run(own));
        } catch (JobProblem e) {
            return new Message.Failure(e.problem());
        } catch (OutOfMemoryError e) {
            e.printStackTrace();
            return new Message.Failure(RunnerProblem.LIMIT_HEAP.with("the job ran out of memory: " + e.getMessage()));
        } catch (Throwable e) {
            e.printStackTrace();
            return new Message.Failure(RunnerProblem.JOB_THREW.with(oneLine(e)));
        }
    }

    private static String oneLine(Throwable e) {
        String text =
                e.getMessage() == null ? "" : ": " + e.getMessage().strip().replaceAll("\\s*\\R\\s*", " / ");
        return "the job threw " + e.getClass().getName() + text;
    }

    private static JobHandler handler(String kind) {
        TreeMap<String, JobHandler> handlers = new TreeMap<>();
        try {
            Iterator<JobHandler> found = ServiceLoader.load(JobHandler.class).iterator();
            while (found.hasNext()) {
                JobHandler handler = found.next();
                JobHandler other = handlers.put(handler.kind(), handler);
                if (other != null) {
                    throw new IllegalStateException("two handlers for jobs of kind " + kind + ": "
                            + other.getClass().getName() + " and "
                            + handler.getClass().getName());
                }
            }
        } catch (ServiceConfigurationError e) {
            throw new JobProblem(
                    RunnerProblem.RUNNER_BROKEN.with("the job handlers cannot be loaded: " + e.getMessage()));
        }
        if (!handlers.containsKey(kind)) {
            throw new JobProblem(RunnerProblem.JOB_KIND_UNKNOWN.with(
                    "no job is of kind '" + kind + "': expected one of " + handlers.keySet()));
        }
        return handlers.get(kind);
    }

    private Message result(JobResult result) {
        List<String> files = result.files().stream().map(this::relative).toList();
        return new Message.Result(result.json(), files);
    }

    private String relative(Path file) {
        Path inside = folder.path().resolve(file).normalize();
        if (!inside.startsWith(folder.path())) {
            throw new JobProblem(
                    RunnerProblem.RESULT_INVALID.with("result file " + file + " lies outside the job folder"));
        }
        return folder.path().relativize(inside).toString().replace('\\', '/');
    }

    private void send(Message message) {
        try {
            runner.write(message);
        } catch (Frames.TooLargeException e) {
            send(new Message.Failure(RunnerProblem.RESULT_INVALID.with(
                    "the result is too large, bulk data belongs in files: " + e.getMessage())));
        } catch (IOException e) {
            leave(); // nobody hears
        }
    }
}
