package org.layerzoo.system.reliability;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** Services and runners as processes of their own on one database and one store of artifacts. */
final class Cluster implements AutoCloseable {
    static final Path ROOT =
            Path.of(System.getProperty("zoo.root", "..")).toAbsolutePath().normalize();
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final Path CLI = ROOT.resolve("registry-cli/target/zoo.jar");
    private static final Duration START = Duration.ofMinutes(15);

    private final Path folder;
    private final Path seed;
    final Database database;
    final List<Program> services = new ArrayList<>();
    final List<Program> runners = new ArrayList<>();
    final List<String> urls = new ArrayList<>();
    final Web web;

    Cluster(Path folder, int services, int runners) throws IOException, InterruptedException {
        this.folder = folder;
        this.seed = folder.resolve("seed");
        makeDatabase();
        database = new Database(seed.resolve("postgres"));
        database.start();
        Files.createDirectories(folder.resolve("artifacts"));
        for (int i = 0; i < services; i++) {
            addService("service-" + i);
        }
        web = new Web(urls, token());
        for (String url : urls) {
            await(START, url + " is healthy", () -> web.healthy(url));
        }
        for (int i = 0; i < runners; i++) {
            addRunner("runner-" + i, urls.get(i % urls.size()));
        }
    }

    String token() throws IOException {
        return Files.readString(seed.resolve("admin.token")).strip();
    }

    /** A service with an embedded database makes it, with all its tables, and ends. */
    private void makeDatabase() throws IOException, InterruptedException {
        int port = Database.freePort();
        String url = "http://127.0.0.1:" + port;
        var maker = new Program("seed", folder, Map.of(), serviceCommand(port, seed));
        try (maker) {
            maker.start();
            var probe = new Web(List.of(url), "none");
            await(START, "the first service is healthy", () -> {
                if (!maker.alive()) {
                    throw new AssertionError(maker.said());
                }
                return Files.exists(seed.resolve("admin.token")) && Files.exists(seed.resolve("registry.url"))
                        || probe.healthy(url);
            });
        }
    }

    private List<String> serviceCommand(int port, Path data, String... more) {
        List<String> command =
                new ArrayList<>(List.of(JAVA, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"));
        command.addAll(List.of(
                // The first service, which ends in order, leaves its classes to all later starts.
                "-XX:+AutoCreateSharedArchive",
                "-XX:SharedArchiveFile=" + folder.resolve("service.jsa"),
                "-jar",
                ROOT.resolve("registry-service/target/registry/registry-service.jar")
                        .toString()));
        command.addAll(
                List.of("--port", Integer.toString(port), "--data", data.toString(), "--no-demo", "--no-verify"));
        command.addAll(List.of("--plugins", ROOT.resolve("build/plugins").toString()));
        command.addAll(List.of(more));
        return command;
    }

    private void addService(String name) throws IOException {
        int port = Database.freePort();
        Path data = Files.createDirectories(folder.resolve(name));
        var service = new Program(
                name,
                folder,
                Map.of(
                        "ZOO_JOBS_LEASE", "6s",
                        "ZOO_JOBS_MAXATTEMPTS", "10",
                        "ZOO_ARTIFACTS_FOLDER", folder.resolve("artifacts").toString()),
                serviceCommand(port, data, "--database-url", database.url()));
        services.add(service);
        urls.add("http://127.0.0.1:" + port);
        service.start();
    }

    private void addRunner(String name, String url) {
        List<String> command = List.of(
                JAVA,
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-jar",
                CLI.toString(),
                "runner",
                "--registry",
                url,
                "--token-file",
                seed.resolve("admin.token").toString(),
                "--name",
                name,
                "--backends",
                "cpu-vector",
                "--work",
                folder.resolve(name).toString(),
                "--plugins",
                ROOT.resolve("build/plugins").toString());
        var runner = new Program(
                name, folder, Map.of("ZOO_HOME", folder.resolve("home").toString()), command);
        runners.add(runner);
        runner.start();
    }

    /** Runs a command of the command line to its end and answers its exit code. */
    int zoo(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(JAVA, "-XX:TieredStopAtLevel=1", "-jar", CLI.toString()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("zoo.log").toFile()));
        builder.environment().put("ZOO_HOME", folder.resolve("home").toString());
        return builder.start().waitFor();
    }

    /** What the commands said. */
    String zooSaid() {
        try {
            return Files.readString(folder.resolve("zoo.log"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    void await(Duration limit, String what, BooleanSupplier condition) {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                StringBuilder said = new StringBuilder("not reached within " + limit + ": " + what);
                services.forEach(service -> said.append("\n").append(service.said()));
                runners.forEach(runner -> said.append("\n").append(runner.said()));
                throw new AssertionError(said);
            }
            Web.pause();
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        for (Program program : runners) {
            program.close();
        }
        for (Program program : services) {
            program.close();
        }
        database.close();
    }
}
