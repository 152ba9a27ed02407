package org.layerzoo.registry.serving;

import java.util.Optional;
import org.layerzoo.registry.api.DeploymentLimits;

/**
 * A deployment as those see it who call it.
 *
 * @param generation changes with what is wanted
 * @param open whether anyone may call it
 * @param address where its process listens; the port is 0 while it does not
 * @param model what it takes and gives, when it is ready
 */
record Endpoint(
        String name,
        long generation,
        String version,
        boolean open,
        String state,
        String reason,
        String address,
        int port,
        String secret,
        DeploymentLimits limits,
        Optional<ModelSchema> model) {
    boolean ready() {
        return state.equals("ready") && model.isPresent();
    }

    /** Whether a connection for another endpoint serves this one: it is the same process. */
    boolean samePlace(Endpoint other) {
        return generation == other.generation && port == other.port && address.equals(other.address);
    }
}
