package org.layerzoo.registry.database;

import java.nio.file.Path;
import java.time.Duration;
import org.layerzoo.registry.StartFailure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;

/** The database server of a registry that was given none: started with it, started again when it dies, stopped with it. */
final class EmbeddedPostgres implements JdbcConnectionDetails, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final Duration LOOK = Duration.ofMillis(500);

    private final PostgresServer server;
    private final Thread supervisor;
    private volatile boolean closing;

    EmbeddedPostgres(Path folder) {
        server = PostgresServer.prepare(folder, ServerUser.detect());
        server.start();
        supervisor = Thread.ofVirtual().name("database-supervisor").start(this::supervise);
    }

    private void supervise() {
        while (!closing) {
            PostgresServer.pause(LOOK);
            if (!closing && server.isGone()) {
                LOG.warn("the database server is gone; starting it again");
                try {
                    server.start();
                    LOG.info("the database server is back");
                } catch (StartFailure e) {
                    LOG.error("{}; trying again", e.getMessage());
                }
            }
        }
    }

    @Override
    public String getJdbcUrl() {
        return server.url();
    }

    @Override
    public String getUsername() {
        return server.userName();
    }

    @Override
    public String getPassword() {
        return server.password();
    }

    @Override
    public void close() throws InterruptedException {
        closing = true;
        supervisor.join(Duration.ofSeconds(30));
        server.stop();
    }
}
