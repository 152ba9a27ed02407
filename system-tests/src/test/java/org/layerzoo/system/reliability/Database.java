package org.layerzoo.system.reliability;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The database server of a registry's data folder, run on its own so that several services share it and it can be killed. */
final class Database implements AutoCloseable {
    private final Path folder;
    private final Path programs;
    private final List<String> prefix;
    private final int port;

    /** @param folder what a service with an embedded database has left after an orderly end */
    Database(Path folder) throws IOException {
        this.folder = folder;
        try (Stream<Path> entries = Files.list(folder)) {
            programs = entries.filter(entry -> Files.isExecutable(entry.resolve("bin/pg_ctl")))
                    .findFirst()
                    .orElseThrow();
        }
        prefix = prefix();
        port = freePort();
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** PostgreSQL refuses root; the service runs it in a user namespace or, where that is forbidden, as the folder's owner. */
    private List<String> prefix() throws IOException {
        if (!"root".equals(System.getProperty("user.name"))) {
            return List.of();
        }
        Object uid = Files.getAttribute(folder.resolve("data"), "unix:uid");
        Object gid = Files.getAttribute(folder.resolve("data"), "unix:gid");
        return uid.equals(0)
                ? List.of("unshare", "-U")
                : List.of("setpriv", "--reuid=" + uid, "--regid=" + gid, "--clear-groups", "--");
    }

    String url() throws IOException {
        String password = Files.readString(folder.resolve("password")).strip();
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres&password=" + password;
    }

    /** Starts it, and waits until it is there; after a kill its children hold the shared memory for a moment. */
    void start() throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (!run("start", "-w", "-s", "-l", folder.resolve("server.log").toString(), "-o", settings())) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "the database does not start: " + Files.readString(folder.resolve("server.log")));
            }
        }
    }

    private String settings() {
        return "-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=on"
                + " -c synchronous_commit=on -c full_page_writes=on -c max_connections=60";
    }

    /** {@code kill -9} of the server's first process; the others end when they notice. */
    void kill() throws IOException {
        Path file = folder.resolve("data/postmaster.pid");
        ProcessHandle server = ProcessHandle.of(
                        Long.parseLong(Files.readAllLines(file).getFirst()))
                .orElseThrow();
        server.destroyForcibly();
        server.onExit().join();
    }

    private boolean run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                programs.resolve("bin/pg_ctl").toString(),
                "-D",
                folder.resolve("data").toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor(90, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        run("stop", "-s", "-w", "-m", "immediate");
    }
}
