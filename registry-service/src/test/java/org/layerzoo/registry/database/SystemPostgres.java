package org.layerzoo.registry.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/** A PostgreSQL server with the programs that an administrator has, as the system's packages install them. */
final class SystemPostgres implements AutoCloseable {
    private static final Path PACKAGES = Path.of("/usr/lib/postgresql");

    private final Path programs;
    private final Path folder;
    private final ServerUser user = ServerUser.detect();
    private final String port;

    SystemPostgres(Path programs, Path folder) throws IOException {
        this.programs = programs;
        this.folder = Files.createDirectories(folder);
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = Integer.toString(socket.getLocalPort());
        }
        user.own(folder);
        run("initdb", "-D", data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C");
        String settings = "-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=";
        String log = folder.resolve("server.log").toString();
        run("pg_ctl", "start", "-w", "-t", "120", "-s", "-D", data(), "-l", log, "-o", settings);
    }

    /** Folders with the programs of a server and of its backups. */
    static List<Path> installed() throws IOException {
        if (!Files.isDirectory(PACKAGES)) {
            return List.of();
        }
        try (Stream<Path> versions = Files.list(PACKAGES)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Stream.of("initdb", "pg_ctl", "postgres", "pg_dump", "pg_restore")
                            .allMatch(program -> Files.isExecutable(bin.resolve(program))))
                    .sorted()
                    .toList();
        }
    }

    private String data() {
        return folder.resolve("data").toString();
    }

    private void run(String program, String... arguments) {
        var words = Stream.concat(Stream.of(programs.resolve(program).toString()), Stream.of(arguments));
        var outcome = Command.of(user.prefix(), words.toArray(String[]::new)).run(240);
        assertThat(outcome.succeeded()).as(outcome.output()).isTrue();
    }

    /** Runs a program that speaks with the server. */
    void client(String program, String... arguments) {
        var words = Stream.concat(
                Stream.of(programs.resolve(program).toString(), "-h", "127.0.0.1", "-p", port, "-U", "postgres"),
                Stream.of(arguments));
        var outcome = Command.of(List.of(), words.toArray(String[]::new)).run(240);
        assertThat(outcome.succeeded()).as(outcome.output()).isTrue();
    }

    /** Makes an empty database; answers its address. */
    String database(String name) throws SQLException {
        String server = "jdbc:postgresql://127.0.0.1:" + port + "/";
        try (var connection = DriverManager.getConnection(server + "postgres?user=postgres");
                var statement = connection.createStatement()) {
            statement.execute("create database " + name);
        }
        return server + name + "?user=postgres";
    }

    @Override
    public void close() {
        run("pg_ctl", "stop", "-w", "-s", "-m", "fast", "-D", data());
    }
}
