package org.layerzoo.system;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** {@code zoo up} as a process of its own, with its data in a folder of the test, and an HTTP client for it. */
final class House implements AutoCloseable {
    static final Path ROOT =
            Path.of(System.getProperty("zoo.root", "..")).toAbsolutePath().normalize();
    private static final Duration START = Duration.ofMinutes(5);
    private static final Duration STOP = Duration.ofSeconds(60);

    /** Every process seen in this test run, of earlier starts too. */
    private static final Set<ProcessHandle> FAMILY = new LinkedHashSet<>();

    private final HttpClient client = HttpClient.newHttpClient();
    private final ObjectMapper mapper = new ObjectMapper();
    private final Path data;
    private final Path log;
    private final int port;
    private final Process process;

    private House(Path folder, String... options) throws IOException {
        data = folder.resolve("data");
        log = Files.createTempFile(folder, "up-", ".log");
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        List<String> command = new ArrayList<>(command());
        command.addAll(List.of("--port", Integer.toString(port), "--data", data.toString()));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("ZOO_HOME", folder.resolve("home").toString());
        process = builder.start();
        process.getOutputStream().close();
    }

    /** What starts {@code zoo up} without a browser; further options may follow. */
    static List<String> command() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String cli = ROOT.resolve("registry-cli/target/zoo.jar").toString();
        return List.of(java, "-Dzoo.root=" + ROOT, "-jar", cli, "up", "--no-browser");
    }

    /** Starts on the data of the folder and returns when the registry is healthy. */
    static House up(Path folder, String... options) throws IOException {
        House house = new House(folder, options);
        try {
            house.await(START, "the registry is healthy", house::healthy);
            return house;
        } catch (AssertionError e) {
            house.close();
            throw e;
        }
    }

    private boolean healthy() {
        try {
            return get("/actuator/health").statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    HttpResponse<String> get(String path) throws IOException {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url() + path))
                    .timeout(Duration.ofSeconds(20))
                    .build();
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    JsonNode json(String path) throws IOException {
        HttpResponse<String> response = get(path);
        if (response.statusCode() != 200) {
            throw new AssertionError(path + ": " + response.statusCode() + " " + response.body());
        }
        return mapper.readTree(response.body());
    }

    /** Waits until the condition holds; fails with all that was printed when the process ends or the time is over. */
    void await(Duration limit, String what, BooleanSupplier condition) {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                String state = process.isAlive() ? "still running" : "ended with " + process.exitValue();
                throw new AssertionError(
                        "not reached within " + limit + ": " + what + "; up has " + state + "\n" + output());
            }
            try {
                TimeUnit.MILLISECONDS.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    String output() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** The process that serves HTTP: a descendant of {@code up}, or {@code up} itself. */
    ProcessHandle service() {
        try (Stream<ProcessHandle> descendants = process.descendants()) {
            Optional<ProcessHandle> child = descendants
                    .filter(handle -> handle.info().commandLine().orElse("").contains("registry-service.jar"))
                    .findFirst();
            return child.orElse(process.toHandle());
        }
    }

    /** Descendants of {@code up} whose command line holds the text. */
    List<ProcessHandle> descendants(String text) {
        try (Stream<ProcessHandle> descendants = process.descendants()) {
            return descendants
                    .filter(handle -> handle.info().commandLine().orElse("").contains(text))
                    .toList();
        }
    }

    /** Asks {@code up} to end, as Ctrl-C does, and waits for that; answers the processes that are left of this folder. */
    List<ProcessHandle> stop() throws InterruptedException {
        rememberFamily();
        process.destroy();
        waitForEnd();
        return left();
    }

    /** Kills the service without warning, then asks the rest to end. */
    void killService() throws InterruptedException {
        rememberFamily();
        service().destroyForcibly();
        process.destroy();
        waitForEnd();
    }

    private void rememberFamily() {
        try (Stream<ProcessHandle> descendants = process.descendants()) {
            descendants.forEach(FAMILY::add);
        }
        FAMILY.add(process.toHandle());
        // A database server is no descendant: it has left its parent's side.
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            all.filter(handle -> handle.info().commandLine().orElse("").contains(data.toString()))
                    .forEach(FAMILY::add);
        }
    }

    private void waitForEnd() throws InterruptedException {
        if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("up did not end within " + STOP + "\n" + output());
        }
    }

    private static List<ProcessHandle> left() {
        for (ProcessHandle handle : FAMILY) {
            handle.onExit().completeOnTimeout(handle, 10, TimeUnit.SECONDS).join();
        }
        return FAMILY.stream().filter(ProcessHandle::isAlive).toList();
    }

    @Override
    public void close() {
        rememberFamily();
        FAMILY.forEach(ProcessHandle::destroyForcibly);
    }
}
