package org.layerzoo.registry.artifact;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** Whether files can be had: a service that cannot is not ready, and comes back by itself when it can. The log says why. */
@Component("artifacts")
class ArtifactHealth implements HealthIndicator {
    private static final Logger LOG = LoggerFactory.getLogger(ArtifactHealth.class);

    private final ArtifactStore store;
    private final AtomicBoolean down = new AtomicBoolean();

    ArtifactHealth(ArtifactStore store) {
        this.store = store;
    }

    @Override
    public Health health() {
        try {
            store.probe();
        } catch (StorageException e) {
            if (!down.getAndSet(true)) {
                LOG.warn("the store of artifacts cannot be used: {}", e.getMessage());
            }
            return Health.down().withDetail("reason", said(e.reason())).build();
        }
        if (down.getAndSet(false)) {
            LOG.info("the store of artifacts can be used again");
        }
        return Health.up().build();
    }

    private static String said(StorageException.Reason reason) {
        return switch (reason) {
            case AWAY -> "it does not answer";
            case REFUSED -> "it refuses this registry";
            case FULL -> "it is full";
            case DAMAGED -> "it is damaged";
        };
    }
}
