package org.layerzoo.registry.database;

import java.nio.file.Path;

/** A database of its own for several services. */
public final class TestDatabase implements AutoCloseable {
    private final PostgresServer server;

    private TestDatabase(PostgresServer server) {
        this.server = server;
    }

    public static TestDatabase start(Path folder) {
        PostgresServer server = PostgresServer.prepare(folder, ServerUser.detect());
        server.start();
        return new TestDatabase(server);
    }

    public String url() {
        return server.url() + "?user=" + server.userName() + "&password=" + server.password();
    }

    @Override
    public void close() {
        server.stop();
    }
}
