package org.layerzoo.cli;

import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** Where ops run. */
final class BackendOptions {
    @Option(
            names = "--backend",
            paramLabel = "B",
            defaultValue = "auto",
            description = "auto, cpu-vector, cuda[:n], oneapi[:...], reference (default: ${DEFAULT-VALUE})")
    String backend = "auto";

    @Option(names = "--no-fallback", description = "refuse (exit 1) instead of running an op another way")
    boolean noFallback;

    void into(ObjectNode job) {
        job.put("backend", backend).put("noFallback", noFallback);
    }
}
