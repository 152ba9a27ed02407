package org.layerzoo.registry.serving;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.stereotype.Component;

/** Bounds what all requests together hold in memory, before a body is read. */
@Component
class Admission {
    private final ServingSettings settings;
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    Admission(ServingSettings settings) {
        this.settings = settings;
    }

    /** A place for one request; closing gives it back. */
    final class Place implements AutoCloseable {
        private final long reserved;

        private Place(long reserved) {
            this.reserved = reserved;
        }

        @Override
        public void close() {
            requests.decrementAndGet();
            bytes.addAndGet(-reserved);
        }
    }

    /**
     * Lets one request in.
     *
     * @param length of its body
     * @throws ProblemException OVERLOADED when there are too many
     */
    Place enter(long length) {
        if (requests.incrementAndGet() > settings.maxRequests()) {
            requests.decrementAndGet();
            throw new ProblemException(
                    ProblemCode.OVERLOADED, settings.maxRequests() + " requests are being served already");
        }
        if (bytes.addAndGet(length) > settings.maxBytes().toBytes()) {
            requests.decrementAndGet();
            bytes.addAndGet(-length);
            throw new ProblemException(
                    ProblemCode.OVERLOADED,
                    "requests of " + settings.maxBytes() + " are being served already: try again later");
        }
        return new Place(length);
    }
}
