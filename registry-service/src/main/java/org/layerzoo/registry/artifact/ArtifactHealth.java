package org.layerzoo.registry.artifact;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** Whether files can be stored: a service that cannot is not ready, and comes back by itself when it can. */
@Component("artifacts")
class ArtifactHealth implements HealthIndicator {
    private final Path folder;

    ArtifactHealth(ArtifactStore store) {
        folder = store.folder();
    }

    @Override
    public Health health() {
        try {
            Files.createDirectories(folder);
            Path probe = Files.createTempFile(folder, "health", ".part");
            Files.write(probe, new byte[] {1});
            Files.delete(probe);
            return Health.up().build();
        } catch (IOException e) {
            return Health.down()
                    .withDetail("reason", String.valueOf(e.getMessage()))
                    .build();
        }
    }
}
