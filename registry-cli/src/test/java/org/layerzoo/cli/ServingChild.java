package org.layerzoo.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.layerzoo.runner.child.ChildJvm;
import org.layerzoo.runner.child.ChildProcess;
import org.layerzoo.runner.child.JobFolder;
import org.layerzoo.runner.child.JobListener;
import org.layerzoo.runner.child.Limits;
import org.layerzoo.runner.child.Outcome;
import org.layerzoo.runner.child.PluginJar;
import org.layerzoo.runner.serve.Wire;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** One serving process and a connection to it. */
final class ServingChild implements AutoCloseable, JobListener {
    private static final Limits LIMITS = new Limits(256L << 20, 512L << 20, Duration.ofMinutes(3), 2);
    private static final String SECRET = "a secret";

    private final StringBuffer log = new StringBuffer();
    private final CompletableFuture<JsonNode> announced = new CompletableFuture<>();
    private final CompletableFuture<Outcome> outcome;
    private final ChildProcess process;
    private Optional<Socket> connection = Optional.empty();

    /** A tensor that is sent. */
    record Sent(String name, String datatype, int[] shape, byte[] data) {}

    /** Something that may throw. */
    interface Question {
        boolean holds() throws IOException;
    }

    private ServingChild(Path folder, String id, ObjectNode spec) throws IOException {
        JobFolder job = JobFolder.create(
                folder.resolve("child"), "serve", spec.put("secret", SECRET), List.of(jar(id)), LIMITS);
        process = new ChildProcess(ChildJvm.current(), job, LIMITS, this);
        outcome = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return process.run();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> Thread.ofPlatform().daemon().start(task));
        outcome.whenComplete((end, e) ->
                announced.completeExceptionally(new IllegalStateException("the process ended: " + end + "\n" + log)));
    }

    static ServingChild of(Path folder, String id, ObjectNode spec) throws IOException {
        return new ServingChild(folder, id, spec);
    }

    private static PluginJar jar(String id) throws IOException {
        try (Stream<Path> jars = Files.list(Path.of(System.getProperty("zoo.test.plugins")))) {
            Path jar = jars.filter(j -> j.getFileName().toString().matches(id + "-\\d+\\.\\d+\\.\\d+\\.jar"))
                    .findFirst()
                    .orElseThrow();
            return new PluginJar(id, "0.1.0", jar);
        }
    }

    @Override
    public void announced(JsonNode document) {
        announced.complete(document);
    }

    @Override
    public void log(String line) {
        log.append(line).append('\n');
    }

    CompletableFuture<Outcome> outcome() {
        return outcome;
    }

    /** The model's description, once it listens. */
    JsonNode ready() throws Exception {
        JsonNode about = announced.get(5, TimeUnit.MINUTES);
        Socket socket = connect(about);
        connection = Optional.of(socket);
        Wire.write(socket.getOutputStream(), Wire.head().put("secret", SECRET), List.of());
        Wire.read(socket.getInputStream()).orElseThrow();
        return about.path("model");
    }

    /** What a connection hears that says this secret. */
    Optional<Wire.Frame> greeting(String secret) throws Exception {
        try (Socket socket = connect(announced.get())) {
            Wire.write(socket.getOutputStream(), Wire.head().put("secret", secret), List.of());
            return Wire.read(socket.getInputStream());
        }
    }

    private static Socket connect(JsonNode about) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), about.path("port").asInt());
        socket.setSoTimeout(60_000);
        return socket;
    }

    /** Every frame of the answer. @throws AssertionError when it is an error */
    List<Wire.Frame> call(ObjectNode head, List<Sent> in) throws IOException {
        List<Wire.Frame> frames = exchange(head, in);
        if (frames.getLast().head().has("error")) {
            throw new AssertionError(frames.getLast().head() + "\n" + log);
        }
        return frames;
    }

    /** The code of the error that is expected. */
    String error(ObjectNode head, List<Sent> in) throws IOException {
        return exchange(head, in).getLast().head().path("error").path("code").asString();
    }

    private List<Wire.Frame> exchange(ObjectNode head, List<Sent> in) throws IOException {
        ArrayNode inputs = head.putArray("inputs");
        for (Sent sent : in) {
            ObjectNode input = inputs.addObject().put("name", sent.name()).put("datatype", sent.datatype());
            ArrayNode shape = input.putArray("shape");
            for (int d : sent.shape()) {
                shape.add(d);
            }
        }
        OutputStream out = connection.orElseThrow().getOutputStream();
        InputStream stream = new BufferedInputStream(connection.orElseThrow().getInputStream());
        Wire.write(out, head, in.stream().map(Sent::data).toList());
        List<Wire.Frame> frames = new ArrayList<>();
        do {
            frames.add(Wire.read(stream).orElseThrow(() -> new IOException("the process hung up")));
        } while (frames.getLast().head().path("more").asBoolean(false));
        return frames;
    }

    void await(String what, Question question) throws Exception {
        long end = System.nanoTime() + Duration.ofMinutes(3).toNanos();
        while (!question.holds()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("waited for " + what + "\n" + log);
            }
            Thread.sleep(50);
        }
    }

    @Override
    public void close() throws Exception {
        if (connection.isPresent()) {
            connection.get().close();
        }
        process.cancel();
        outcome.get(30, TimeUnit.SECONDS);
    }
}
