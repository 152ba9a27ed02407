package org.layerzoo.runner.child;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import tools.jackson.databind.JsonNode;

/** What a job knows about itself and how it talks to the process that waits for it. Safe for use by many threads. */
public interface JobContext {
    /** The job's specification as it was submitted. */
    JsonNode spec();

    /** The plugins that the job may load; each jar is there and has the digest that was asked for. */
    List<PluginJar> plugins();

    /** The job's own folder, the working directory of the child; it is deleted after the job. */
    Path folder();

    /** The folder {@code outputs} inside {@link #folder()}, where result files belong. */
    default Path outputs() {
        return folder().resolve(JobFolder.OUTPUTS);
    }

    /** The limits under which the job runs. */
    Limits limits();

    /**
     * Says how far the job is; calls that follow each other too fast are merged.
     *
     * @param fraction done so far, 0 to 1
     * @param message what is being done now, one line
     * @throws IllegalArgumentException when the fraction is not in 0..1
     */
    void progress(double fraction, String message);

    /** Tells the waiting process something while the job goes on, such as where it listens. */
    void announce(JsonNode document);

    /** Adds to the job's log, split at line ends. */
    void log(String message);

    /** Whether the job was asked to end. */
    boolean cancelled();

    /**
     * Ends the job here when it was asked to.
     *
     * @throws CancellationException when {@link #cancelled()}
     */
    default void checkCancelled() {
        if (cancelled()) {
            throw new CancellationException("the job was cancelled");
        }
    }
}
