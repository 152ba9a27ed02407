package org.layerzoo.registry.catalog;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Looks through the plugin folders before the service opens its port, and twice a second from then on. */
@Component
class FolderWatch implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(FolderWatch.class);
    private static final Duration PERIOD = Duration.ofMillis(500);

    private final PluginFolders folders;
    private volatile Thread thread;

    FolderWatch(PluginFolders folders) {
        this.folders = folders;
    }

    @Override
    public void start() {
        folders.look(true);
        thread = Thread.ofVirtual().name("plugin-folders").start(this::watch);
    }

    private void watch() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Thread.sleep(PERIOD);
                folders.look(false);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.warn("the plugin folders could not be catalogued, trying again: {}", e.getMessage());
            }
        }
    }

    @Override
    public void stop() {
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread = null;
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }

    /** Before the web server, whose phase is the last but a few. */
    @Override
    public int getPhase() {
        return 0;
    }
}
