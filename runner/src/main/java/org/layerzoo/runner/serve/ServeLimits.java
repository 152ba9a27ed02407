package org.layerzoo.runner.serve;

import java.time.Duration;

/**
 * What one deployment gives at most.
 *
 * @param concurrency computations at a time
 * @param request time of one computation; the process that needs more is ended
 * @param sessions open sessions
 * @param idle time after which an unused session is closed
 */
public record ServeLimits(int concurrency, Duration request, int sessions, Duration idle) {
    public ServeLimits {
        if (concurrency < 1 || sessions < 0 || request.isNegative() || idle.isNegative()) {
            throw new IllegalArgumentException("limits of a deployment must not be negative: " + concurrency + ", "
                    + request + ", " + sessions + ", " + idle);
        }
    }
}
