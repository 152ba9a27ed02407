package org.layerzoo.registry.database;

import java.sql.SQLException;
import org.layerzoo.registry.DataDirectory;
import org.layerzoo.registry.Options;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessResourceFailureException;

/** Where the service's database is. */
@Configuration(proxyBeanMethods = false)
class DatabaseConfiguration {
    @Bean
    JdbcConnectionDetails jdbcConnectionDetails(Options options, DataDirectory data) {
        return options.databaseUrl()
                .<JdbcConnectionDetails>map(ExternalDatabase::new)
                .orElseGet(() -> new EmbeddedPostgres(data.resolve("postgres")));
    }

    /** The server is looked at before its tables are changed. */
    @Bean
    FlywayMigrationStrategy migrationOfAKnownServer() {
        return flyway -> {
            try {
                ServerVersion.require(flyway.getConfiguration().getDataSource());
            } catch (SQLException e) {
                throw new DataAccessResourceFailureException("the database does not answer", e);
            }
            flyway.migrate();
        };
    }

    /** A server named by its URL, which carries user and password. */
    private record ExternalDatabase(String getJdbcUrl) implements JdbcConnectionDetails {
        @Override
        public String getUsername() {
            return null;
        }

        @Override
        public String getPassword() {
            return null;
        }
    }
}
