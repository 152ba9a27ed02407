package org.layerzoo.registry.webhook;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Looks once a second for what is due, in every service. It has a thread of its own, so that a receiver that does not answer holds none
 * of the scheduler's.
 */
@Component
class DeliveryLoop implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryLoop.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Deliveries deliveries;
    private volatile Thread thread;

    DeliveryLoop(Deliveries deliveries) {
        this.deliveries = deliveries;
    }

    @Override
    public void start() {
        thread = Thread.ofPlatform().daemon().name("webhooks").start(this::run);
    }

    private void run() {
        try {
            while (true) {
                try {
                    deliveries.send();
                } catch (RuntimeException e) {
                    LOG.warn("webhooks cannot be sent, trying again: {}", e.getMessage());
                }
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void stop() {
        thread.interrupt();
    }

    @Override
    public boolean isRunning() {
        return thread != null && thread.isAlive();
    }
}
