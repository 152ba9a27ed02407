package org.layerzoo.core.spi;

import java.util.Map;
import org.layerzoo.core.Stable;

/** What one training step does. Most are an {@link Objective}; others drive several backward passes or environments. */
@Stable(since = "0.1")
@FunctionalInterface
public interface StepProgram {
    /** Metrics of the step, by name. */
    Map<String, Double> step(StepContext s);
}
