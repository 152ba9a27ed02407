package org.layerzoo.registry.database;

import java.sql.SQLException;
import javax.sql.DataSource;
import org.layerzoo.registry.StartFailure;

/** Which PostgreSQL servers the registry works with: those on which its tests run (docs/operations.md), and what lies between. */
final class ServerVersion {
    /** The server of the packages with which a registry is dumped and restored. */
    static final int OLDEST = 15;

    private ServerVersion() {}

    /** @throws StartFailure when the server is older than any that was tested; nothing has been changed then */
    static void require(DataSource database) throws SQLException {
        try (var connection = database.getConnection()) {
            var about = connection.getMetaData();
            require(about.getDatabaseMajorVersion(), about.getDatabaseProductVersion());
        }
    }

    static void require(int major, String version) {
        if (major < OLDEST) {
            throw StartFailure.cannotRun(
                    "the database server is too old: expected PostgreSQL " + OLDEST + " or newer, given " + version);
        }
    }
}
