package org.layerzoo.registry.webhook;

import java.time.Duration;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * How events are sent.
 *
 * @param allowPrivate whether addresses of this machine and of private networks may be called
 * @param allow host names that may be called wherever they lie
 * @param attempts after which an event is given up
 * @param firstPause before the second attempt; each further pause is twice as long
 * @param longestPause no pause is longer
 * @param timeout for one attempt
 */
@ConfigurationProperties("zoo.webhooks")
record WebhookSettings(
        boolean allowPrivate,
        Set<String> allow,
        int attempts,
        Duration firstPause,
        Duration longestPause,
        Duration timeout) {
    /** The pause after an attempt, from 1. */
    Duration pause(int attempt) {
        Duration pause = firstPause.multipliedBy(1L << Math.min(attempt - 1, 30));
        return pause.compareTo(longestPause) < 0 ? pause : longestPause;
    }
}
