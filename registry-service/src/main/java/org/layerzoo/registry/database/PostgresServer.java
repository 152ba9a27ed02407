package org.layerzoo.registry.database;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.layerzoo.registry.StartFailure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/**
 * A PostgreSQL server of our own: one folder, one port of the loopback interface, one password.
 *
 * <p>It outlives a killed service (it is a process of its own), so starting first stops what a former life left running.
 */
final class PostgresServer {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);
    private static final String USER = "postgres";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path folder;
    private final Path data;
    private final Path programs;
    private final ServerUser user;
    private final String password;
    private final int port;

    private PostgresServer(Path folder, Path programs, ServerUser user, String password, int port) {
        this.folder = folder;
        this.data = folder.resolve("data");
        this.programs = programs;
        this.user = user;
        this.password = password;
        this.port = port;
    }

    /** Prepares the server in a folder; on the first time that creates the cluster. */
    static PostgresServer prepare(Path folder, ServerUser user) {
        try {
            Files.createDirectories(folder);
            Path programs = PostgresBinaries.unpack(folder);
            Path secret = folder.resolve("password");
            boolean fresh = !Files.exists(secret);
            String password = fresh ? randomPassword() : Files.readString(secret);
            var server = new PostgresServer(folder, programs, user, password, freePort());
            user.own(folder);
            if (!Files.exists(server.data)) {
                server.create();
            }
            return server;
        } catch (IOException e) {
            throw StartFailure.cannotRun(
                    "the embedded database cannot be prepared in " + folder + ": " + e.getMessage(), e);
        }
    }

    private static String randomPassword() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Made beside its final place and renamed, so that a kill in between leaves nothing half made. */
    private void create() throws IOException {
        Path partial = folder.resolve("data.part");
        FileSystemUtils.deleteRecursively(partial);
        Path secret = folder.resolve("password");
        Files.deleteIfExists(secret);
        Files.createFile(
                secret,
                java.nio.file.attribute.PosixFilePermissions.asFileAttribute(
                        java.nio.file.attribute.PosixFilePermissions.fromString("rw-------")));
        Files.writeString(secret, password);
        user.own(folder);
        var outcome = program(
                        "initdb",
                        "-D",
                        partial.toString(),
                        "-U",
                        USER,
                        "-A",
                        "scram-sha-256",
                        "--pwfile",
                        secret.toString(),
                        "-E",
                        "UTF8",
                        "--locale=C")
                .run(PATIENCE.toSeconds());
        if (!outcome.succeeded()) {
            throw StartFailure.cannotRun(
                    "the embedded database could not be created in " + folder + ": " + lastLine(outcome.output()));
        }
        Files.move(partial, data, StandardCopyOption.ATOMIC_MOVE);
    }

    private Command program(String name, String... arguments) {
        var words = new java.util.ArrayList<String>();
        words.add(programs.resolve("bin").resolve(name).toString());
        words.addAll(java.util.List.of(arguments));
        return Command.of(user.prefix(), words.toArray(String[]::new));
    }

    String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
    }

    String userName() {
        return USER;
    }

    String password() {
        return password;
    }

    /** Starts the server and checks that it keeps what it is given. */
    void start() {
        stopFormerLife();
        Instant end = Instant.now().plus(PATIENCE);
        Command.Outcome outcome = launch();
        // After a kill of the postmaster alone, its children hold the shared memory for a moment longer.
        while (!outcome.succeeded() && Instant.now().isBefore(end) && log().contains("shared memory block")) {
            pause(Duration.ofMillis(200));
            outcome = launch();
        }
        if (!outcome.succeeded()) {
            throw StartFailure.cannotRun("the embedded database does not start: " + lastLine(log()) + " ("
                    + folder.resolve("server.log") + ")");
        }
        checkDurability();
    }

    private Command.Outcome launch() {
        truncateLog();
        String settings = "-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=on"
                + " -c synchronous_commit=on -c full_page_writes=on -c max_connections=60 -c shared_buffers=64MB";
        return program(
                        "pg_ctl",
                        "start",
                        "-w",
                        "-t",
                        Long.toString(PATIENCE.toSeconds()),
                        "-s",
                        "-D",
                        data.toString(),
                        "-l",
                        folder.resolve("server.log").toString(),
                        "-o",
                        settings)
                .run(PATIENCE.toSeconds() + 10);
    }

    private void checkDurability() {
        try (var connection = DriverManager.getConnection(url(), USER, password);
                var statement = connection.createStatement()) {
            for (String setting : java.util.List.of("fsync", "synchronous_commit", "full_page_writes")) {
                try (var row = statement.executeQuery("SHOW " + setting)) {
                    row.next();
                    if (!"on".equals(row.getString(1))) {
                        throw StartFailure.cannotRun("the embedded database would lose data: expected " + setting
                                + " = on, found " + row.getString(1));
                    }
                }
            }
        } catch (SQLException e) {
            throw StartFailure.cannotRun("the embedded database does not answer: " + e.getMessage(), e);
        }
    }

    /**
     * Whether the server was seen to be gone. A process that is out of file handles or memory sees no process at all, not even itself, and
     * then nothing is known: to start a server in the place of one that runs would end that one.
     */
    boolean isGone() {
        return process().isEmpty() && sees() && process().isEmpty() && sees();
    }

    private boolean sees() {
        return Files.isReadable(data.resolve("PG_VERSION"))
                && ProcessHandle.current().isAlive()
                && ProcessHandle.current().info().commandLine().isPresent();
    }

    /** The running server of this folder, whoever started it. */
    Optional<ProcessHandle> process() {
        try {
            Path pidFile = data.resolve("postmaster.pid");
            if (!Files.exists(pidFile)) {
                return Optional.empty();
            }
            var lines = Files.readAllLines(pidFile);
            return lines.isEmpty()
                    ? Optional.empty()
                    : ProcessHandle.of(Long.parseLong(lines.getFirst().strip())).filter(this::ours);
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    private boolean ours(ProcessHandle process) {
        String words = process.info().commandLine().orElse("");
        return process.isAlive() && words.contains(data.toString());
    }

    private void stopFormerLife() {
        if (process().isPresent()) {
            LOG.info("stopping the database server that a former life of the service left running");
            stop();
            return;
        }
        try {
            // The number in the file may by now be another program's, which would keep the server from starting.
            Files.deleteIfExists(data.resolve("postmaster.pid"));
        } catch (IOException e) {
            throw StartFailure.cannotRun(
                    "the embedded database's postmaster.pid cannot be removed: " + e.getMessage(), e);
        }
    }

    /** Stops the server, with what it has in hand written. */
    void stop() {
        var process = process();
        if (process.isEmpty()) {
            return;
        }
        var outcome = program("pg_ctl", "stop", "-s", "-w", "-t", "30", "-m", "fast", "-D", data.toString())
                .run(40);
        if (!outcome.succeeded()) {
            LOG.warn("the database server does not stop in time, stopping it at once: {}", lastLine(outcome.output()));
            program("pg_ctl", "stop", "-s", "-w", "-t", "10", "-m", "immediate", "-D", data.toString())
                    .run(20);
        }
    }

    private String log() {
        try {
            Path file = folder.resolve("server.log");
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            return "";
        }
    }

    /** Each start begins a new log; the former one is kept beside it. */
    private void truncateLog() {
        try {
            Path file = folder.resolve("server.log");
            if (Files.exists(file)) {
                Files.move(file, folder.resolve("server.log.1"), StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            LOG.warn("the database server's log cannot be renewed: {}", e.getMessage());
        }
    }

    private static String lastLine(String text) {
        String[] lines = text.strip().split("\n");
        return lines[lines.length - 1];
    }

    static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
