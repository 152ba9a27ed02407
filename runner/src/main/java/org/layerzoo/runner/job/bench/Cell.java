package org.layerzoo.runner.job.bench;

import java.util.List;
import java.util.Optional;

/**
 * One measured length.
 *
 * @param peakBytes of our tensors; a peer's are not known
 */
record Cell(
        int length,
        Timing timing,
        Optional<Long> peakBytes,
        long stateBytes,
        long flops,
        List<String> fallbacks,
        Gate.Verdict gate) {}
