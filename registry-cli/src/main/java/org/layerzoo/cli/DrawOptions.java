package org.layerzoo.cli;

import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** What random numbers are drawn from. */
final class DrawOptions {
    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "seed of parameters, data and draws (default: ${DEFAULT-VALUE})")
    long seed;

    void into(ObjectNode job) {
        job.put("seed", seed);
    }
}
