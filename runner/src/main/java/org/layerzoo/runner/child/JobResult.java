package org.layerzoo.runner.child;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/**
 * What a job gives back.
 *
 * @param json the result document
 * @param files files written by the job, absolute or relative to the job folder, all inside it
 */
public record JobResult(JsonNode json, List<Path> files) {
    public JobResult {
        Objects.requireNonNull(json, "json");
        files = List.copyOf(files);
    }

    /** A result without files. */
    public static JobResult of(JsonNode json) {
        return new JobResult(json, List.of());
    }
}
