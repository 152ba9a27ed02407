package org.layerzoo.runner.agent;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Growing pauses between attempts, with jitter so that many agents do not come back at the same moment. */
final class Backoff {
    private final Duration first;
    private final Duration longest;
    private Duration next;

    Backoff(Duration first, Duration longest) {
        this.first = first;
        this.longest = longest;
        this.next = first;
    }

    /** Waits; each pause is up to twice as long as the one before. */
    void pause() throws InterruptedException {
        long millis = next.toMillis();
        next = next.multipliedBy(2).compareTo(longest) < 0 ? next.multipliedBy(2) : longest;
        Thread.sleep(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    }

    /** Starts anew after a success. */
    void reset() {
        next = first;
    }

    /** Whether the last attempt succeeded. */
    boolean fresh() {
        return next.equals(first);
    }
}
