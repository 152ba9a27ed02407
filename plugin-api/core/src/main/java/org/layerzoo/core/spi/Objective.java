package org.layerzoo.core.spi;

import java.util.Map;
import org.layerzoo.core.Stable;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** The common step: a loss to minimise. */
@Stable(since = "0.1")
@FunctionalInterface
public interface Objective extends StepProgram {
    /** A scalar; terms that layers add through Aux are added by the context. */
    Tensor loss(Tensors batch, StepContext s);

    @Override
    default Map<String, Double> step(StepContext s) {
        return Map.of("loss", s.minimize(() -> loss(s.batch(), s)));
    }
}
