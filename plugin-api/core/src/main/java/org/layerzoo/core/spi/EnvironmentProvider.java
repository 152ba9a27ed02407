package org.layerzoo.core.spi;

import java.util.List;
import org.layerzoo.core.Experimental;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** A vectorised environment for control. */
@Experimental(since = "0.1")
public non-sealed interface EnvironmentProvider<C extends Record> extends Provider<C> {
    Environment create(C config, int copies, long seed);

    /** {@code copies} worlds stepped together; a finished one restarts by itself. */
    interface Environment {
        List<Port> observation();

        List<Port> action();

        Tensors reset();

        Transition step(Tensors actions);
    }

    /** reward F32 [copies], done BOOL [copies]; the observation after a finished episode is the next one's first. */
    record Transition(Tensors observation, Tensor reward, Tensor done) {}
}
