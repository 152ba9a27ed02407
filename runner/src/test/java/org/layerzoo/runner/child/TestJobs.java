package org.layerzoo.runner.child;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Job handlers that behave, and many that do not. */
public final class TestJobs {
    private TestJobs() {}

    private static JobResult result(String key, String value) {
        return JobResult.of(JsonNodeFactory.instance.objectNode().put(key, value));
    }

    private static JobResult nothing() {
        return JobResult.of(JsonNodeFactory.instance.objectNode());
    }

    /** Gives back its specification, its limits, its environment and a file. */
    public static final class Echo implements JobHandler {
        @Override
        public String kind() {
            return "echo";
        }

        @Override
        public JobResult run(JobContext context) throws IOException {
            context.progress(0.25, "a quarter");
            context.log("first\nsecond");
            System.out.println("printed");
            new FileOutputStream(FileDescriptor.out).write("printed past Java\n".getBytes(StandardCharsets.UTF_8));
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.set("spec", context.spec());
            json.put("heap", Runtime.getRuntime().maxMemory());
            json.put("threads", Runtime.getRuntime().availableProcessors());
            json.put("memoryBytes", context.limits().memoryBytes());
            context.plugins()
                    .forEach(jar -> json.put("plugin " + jar.id(), jar.file().toString()));
            json.put("stdin", System.in.read());
            ObjectNode environment = json.putObject("environment");
            System.getenv().forEach(environment::put);
            Path file = context.outputs().resolve("answer.txt");
            Files.writeString(file, "42");
            context.progress(1, "done");
            return new JobResult(json, List.of(file));
        }
    }

    /** Names a result file outside its folder, or one that does not exist. */
    public static final class BadFiles implements JobHandler {
        @Override
        public String kind() {
            return "bad-files";
        }

        @Override
        public JobResult run(JobContext context) throws IOException {
            Path file =
                    switch (context.spec().path("how").asString()) {
                        case "outside" -> context.folder().resolve("../secret.txt");
                        case "missing" -> context.outputs().resolve("missing.txt");
                        case "link" ->
                            Files.createSymbolicLink(context.outputs().resolve("link"), Path.of("/etc/hostname"));
                        default -> throw new IllegalArgumentException();
                    };
            return new JobResult(JsonNodeFactory.instance.objectNode(), List.of(file));
        }
    }

    /** Answers with a document larger than a frame. */
    public static final class Huge implements JobHandler {
        @Override
        public String kind() {
            return "huge";
        }

        @Override
        public JobResult run(JobContext context) {
            return result("text", "x".repeat(Frames.MAX_BYTES));
        }
    }

    /** Turns round for ever and hears nothing. */
    public static final class Loop implements JobHandler {
        @Override
        public String kind() {
            return "loop";
        }

        @Override
        @SuppressWarnings("InfiniteLoopStatement")
        public JobResult run(JobContext context) {
            context.log("looping in " + ProcessHandle.current().pid());
            long n = 0;
            while (true) {
                n += System.nanoTime();
                if (n == 42) {
                    context.log("never");
                }
            }
        }
    }

    /** Waits until it is cancelled and says that it heard. */
    public static final class Patient implements JobHandler {
        @Override
        public String kind() {
            return "patient";
        }

        @Override
        public JobResult run(JobContext context) {
            context.log("waiting in " + ProcessHandle.current().pid());
            try {
                Thread.sleep(TimeUnit.HOURS.toMillis(1));
            } catch (InterruptedException _) {
                context.log("heard: " + context.cancelled());
            }
            return nothing();
        }
    }

    /** Fills the Java heap. */
    public static final class Heap implements JobHandler {
        @Override
        public String kind() {
            return "heap";
        }

        @Override
        @SuppressWarnings("InfiniteLoopStatement")
        public JobResult run(JobContext context) {
            List<long[]> all = new ArrayList<>();
            while (true) {
                all.add(new long[1 << 16]);
            }
        }
    }

    /** Allocates and touches memory outside the heap; in a process of its own when the spec says so. */
    public static final class OffHeap implements JobHandler {
        @Override
        public String kind() {
            return "off-heap";
        }

        @Override
        @SuppressWarnings("InfiniteLoopStatement")
        public JobResult run(JobContext context) throws IOException, InterruptedException {
            if (context.spec().path("where").asString("").equals("forked")) {
                // tail keeps the last 700 MiB of a stream without end
                new ProcessBuilder("sh", "-c", "cat /dev/zero | tail -c 700M")
                        .start()
                        .waitFor();
                return nothing();
            }
            if (context.spec().path("where").asString("").equals("tensors")) {
                List<MemorySegment> kept = new ArrayList<>();
                while (kept.size() < 8) {
                    kept.add(Arena.ofAuto().allocate(32 << 20, 64));
                }
                return nothing();
            }
            while (true) {
                MemorySegment piece = Arena.global().allocate(16 << 20, 64);
                piece.fill((byte) 1);
            }
        }
    }

    /** Ends its JVM in the way the spec names. */
    public static final class Ending implements JobHandler {
        @Override
        public String kind() {
            return "ending";
        }

        @Override
        public JobResult run(JobContext context) throws IOException, InterruptedException {
            switch (context.spec().path("how").asString()) {
                case "exit" -> {
                    System.err.println("goodbye");
                    System.exit(7);
                }
                case "kill" ->
                    new ProcessBuilder(
                                    "kill",
                                    "-9",
                                    Long.toString(ProcessHandle.current().pid()))
                            .start();
                case "segv" ->
                    new ProcessBuilder(
                                    "kill",
                                    "-SEGV",
                                    Long.toString(ProcessHandle.current().pid()))
                            .start();
                case "native" -> crashInNativeCode();
                default -> throw new IllegalArgumentException();
            }
            Thread.sleep(TimeUnit.MINUTES.toMillis(1));
            return nothing();
        }

        /** Asks the C library for the length of a text at address zero. */
        private static void crashInNativeCode() {
            Linker linker = Linker.nativeLinker();
            var strlen = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("strlen"),
                    FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS));
            try {
                long length = (long) strlen.invokeExact(MemorySegment.NULL);
                throw new IllegalStateException("a text at address zero has length " + length);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Tries to read files, to write beside its folder and to reach its runner, and tells what it could. */
    public static final class Spy implements JobHandler {
        @Override
        public String kind() {
            return "spy";
        }

        @Override
        public JobResult run(JobContext context) throws IOException, InterruptedException {
            ObjectNode found = JsonNodeFactory.instance.objectNode();
            context.spec().path("read").forEach(file -> found.put(file.asString(), read(Path.of(file.asString()))));
            String runner = context.spec().path("runner").asString();
            found.put("signal", new ProcessBuilder("kill", "-0", runner).start().waitFor() == 0);
            found.put("write", writes(context.folder().resolve("../planted")));
            found.put("job", writes(context.folder().resolve("process.json")));
            found.put("user", System.getProperty("user.name"));
            Path kept = Files.writeString(context.outputs().resolve("kept.txt"), "its own");
            return new JobResult(found, List.of(kept));
        }

        private static String read(Path file) {
            try (var in = Files.newInputStream(file)) {
                return in.read() < 0 ? "empty" : "read";
            } catch (IOException e) {
                return "refused";
            }
        }

        private static boolean writes(Path file) {
            try {
                Files.writeString(file, "mine");
                return true;
            } catch (IOException e) {
                return false;
            }
        }
    }

    /** Starts threads without end, more processes than a job may have, or wants more memory at once than there is. */
    public static final class Bomb implements JobHandler {
        @Override
        public String kind() {
            return "bomb";
        }

        @Override
        @SuppressWarnings("InfiniteLoopStatement")
        public JobResult run(JobContext context) throws IOException, InterruptedException {
            switch (context.spec().path("of").asString()) {
                case "threads" -> {
                    while (true) {
                        Thread.ofPlatform().daemon().start(TestJobs::forever);
                    }
                }
                case "processes" ->
                    new ProcessBuilder("sh", "-c", "i=0; while [ $i -lt 500 ]; do sleep 600 & i=$((i+1)); done; wait")
                            .start()
                            .waitFor();
                case "memory" -> Arena.global().allocate(100L << 30, 64);
                default -> throw new IllegalArgumentException();
            }
            return nothing();
        }
    }

    /** Writes without end. */
    public static final class Flood implements JobHandler {
        @Override
        public String kind() {
            return "flood";
        }

        @Override
        @SuppressWarnings("InfiniteLoopStatement")
        public JobResult run(JobContext context) {
            String line = "water ".repeat(1000);
            PrintStream raw = new PrintStream(new FileOutputStream(FileDescriptor.err), false);
            while (true) {
                raw.println(line);
            }
        }
    }

    /** Writes more lines than a log keeps, then ends well. */
    public static final class Chatty implements JobHandler {
        @Override
        public String kind() {
            return "chatty";
        }

        @Override
        public JobResult run(JobContext context) {
            for (int i = 0; i < 300; i++) {
                context.log("c".repeat(ChildLog.MAX_LINE + 10));
            }
            return nothing();
        }
    }

    /** Throws what the spec names. */
    public static final class Throwing implements JobHandler {
        @Override
        public String kind() {
            return "throwing";
        }

        @Override
        public JobResult run(JobContext context) throws Exception {
            JsonNode spec = context.spec();
            switch (spec.path("what").asString()) {
                case "problem" ->
                    throw new JobProblem("wrong-shape", spec.path("exit").asInt(), "x must be [2, 8], not [3]");
                case "checked" -> throw new IOException("two\nlines");
                case "error" -> throw new LinkageError("old class");
                case "stack" -> throw new StackOverflowError();
                default -> throw new IllegalStateException();
            }
        }
    }

    /** Writes bytes into every pipe it can find. */
    public static final class Garbage implements JobHandler {
        @Override
        public String kind() {
            return "garbage";
        }

        @Override
        public JobResult run(JobContext context) throws IOException, InterruptedException {
            try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
                for (Path descriptor : descriptors.toList()) {
                    int number = Integer.parseInt(descriptor.getFileName().toString());
                    if (number > 2
                            && Files.isSymbolicLink(descriptor)
                            && Files.readSymbolicLink(descriptor).toString().startsWith("pipe:")
                            && Files.isWritable(descriptor)) {
                        Files.writeString(descriptor, "this is no frame at all");
                    }
                }
            }
            Thread.sleep(TimeUnit.MINUTES.toMillis(1));
            return nothing();
        }
    }

    /** Forks a long sleep, and a second one behind a shell that ends, then does what the spec names. */
    public static final class Forking implements JobHandler {
        @Override
        public String kind() {
            return "forking";
        }

        @Override
        public JobResult run(JobContext context) throws IOException, InterruptedException {
            Process sleep = new ProcessBuilder("sleep", "600").inheritIO().start();
            Process shell = new ProcessBuilder("sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!").start();
            String orphan = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            context.log("pid " + sleep.pid());
            context.log("pid " + orphan);
            switch (context.spec().path("then").asString()) {
                case "result" -> {
                    return nothing();
                }
                case "exit" -> System.exit(5);
                default -> Thread.sleep(TimeUnit.HOURS.toMillis(1));
            }
            return nothing();
        }
    }

    /** Gives its result and leaves a thread that never ends and an exit that never returns. */
    public static final class Sticky implements JobHandler {
        @Override
        public String kind() {
            return "sticky";
        }

        @Override
        public JobResult run(JobContext context) {
            Runtime.getRuntime().addShutdownHook(new Thread(TestJobs::forever));
            Thread.ofPlatform().daemon(false).start(TestJobs::forever);
            return result("sticky", "yes");
        }
    }

    private static void forever() {
        while (true) {
            try {
                Thread.sleep(TimeUnit.HOURS.toMillis(1));
            } catch (InterruptedException _) {
                // not even then
            }
        }
    }
}
