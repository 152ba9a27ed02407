package org.layerzoo.runner.child;

import tools.jackson.databind.JsonNode;

/** Hears from a running job, on one thread. It must not block for long: the job's pipe waits meanwhile. */
public interface JobListener {
    /** A listener that hears nothing. */
    JobListener NONE = new JobListener() {};

    /** The job is that far, 0 to 1, and is doing this now. */
    default void progress(double fraction, String message) {}

    /** The job says something about itself while it goes on, such as where it listens. */
    default void announced(JsonNode document) {}

    /** One line that the job, its plugin or its JVM wrote; without line end, at most 4096 characters. */
    default void log(String line) {}
}
