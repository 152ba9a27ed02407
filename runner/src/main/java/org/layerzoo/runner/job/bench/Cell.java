package org.layerzoo.runner.job.bench;

import java.util.List;

/** One measured length. */
record Cell(
        int length,
        Timing timing,
        long peakBytes,
        long stateBytes,
        long flops,
        List<String> fallbacks,
        Gate.Verdict gate) {}
