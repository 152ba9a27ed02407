package org.layerzoo.registry.serving;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.layerzoo.registry.api.Scope;
import org.layerzoo.registry.security.Callers;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/** Finds deployments for those who call them. What it found holds for a moment, and longer while the database is away. */
@Component
class Directory {
    private static final Duration FRESH = Duration.ofMillis(250);

    private final Deployments deployments;
    private final Lanes lanes;
    private final Links links;
    private final Map<String, Found> known = new ConcurrentHashMap<>();

    private record Found(Endpoint endpoint, long at) {}

    Directory(Deployments deployments, Lanes lanes, Links links) {
        this.deployments = deployments;
        this.lanes = lanes;
        this.links = links;
    }

    /** The deployment, ready or not. @throws ProblemException when there is none of that name and version, or it is not for the caller */
    Endpoint find(String name, Optional<String> version) {
        Endpoint endpoint = current(name).orElseThrow(() -> Deployments.unknown(name));
        version.filter(v -> !v.equals(endpoint.version())).ifPresent(v -> {
            throw new ProblemException(
                    ProblemCode.VERSION_UNKNOWN,
                    "expected version " + endpoint.version() + " of '" + name + "', given '" + v + "'");
        });
        if (!endpoint.open() && !Callers.may(Scope.RUN)) {
            throw new ProblemException(
                    Callers.current().isPresent() ? ProblemCode.SCOPE_MISSING : ProblemCode.TOKEN_MISSING,
                    "deployment '" + name + "' expects 'Authorization: Bearer <token>' with scope run");
        }
        return endpoint;
    }

    /** The same, and it must be ready. */
    Endpoint ready(String name, Optional<String> version) {
        return ready(name, version, ProblemCode.DEPLOYMENT_NOT_READY);
    }

    /** The same for one who asks for nothing else. */
    Endpoint saidToBeReady(String name, Optional<String> version) {
        return ready(name, version, ProblemCode.NOT_READY);
    }

    private Endpoint ready(String name, Optional<String> version, ProblemCode otherwise) {
        Endpoint endpoint = find(name, version);
        if (!endpoint.ready()) {
            throw new ProblemException(
                    otherwise,
                    "deployment '" + name + "' is " + endpoint.state()
                            + (endpoint.reason().isEmpty() ? "" : ": " + endpoint.reason()));
        }
        return endpoint;
    }

    private Optional<Endpoint> current(String name) {
        Found last = known.get(name);
        long now = System.nanoTime();
        if (last != null && now - last.at() < FRESH.toNanos()) {
            return Optional.of(last.endpoint());
        }
        Optional<Endpoint> found;
        try {
            found = deployments.endpoint(name);
        } catch (DataAccessException | TransactionException e) {
            if (last != null) {
                return Optional.of(last.endpoint());
            }
            throw e;
        }
        if (found.isPresent()) {
            known.put(name, new Found(found.get(), now));
        } else {
            drop(name);
        }
        return found;
    }

    /** There is no such deployment any more: nothing of it is kept here. */
    void drop(String name) {
        known.remove(name);
        lanes.drop(name);
        links.drop(name);
    }

    /** What is wanted has changed here. */
    void forget(String name) {
        known.remove(name);
    }
}
