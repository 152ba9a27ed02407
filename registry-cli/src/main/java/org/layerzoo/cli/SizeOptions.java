package org.layerzoo.cli;

import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** How large an experiment is. */
final class SizeOptions {
    @Option(
            names = "--size",
            paramLabel = "tiny|test|paper",
            defaultValue = "test",
            description = "size of the experiment (default: ${DEFAULT-VALUE})")
    String size = "test";

    void into(ObjectNode job) {
        job.put("size", size);
    }
}
