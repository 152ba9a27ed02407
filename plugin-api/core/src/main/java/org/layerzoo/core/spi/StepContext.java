package org.layerzoo.core.spi;

import java.util.function.Supplier;
import org.layerzoo.core.Stable;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** What a step program works with; provided by the trainer. */
@Stable(since = "0.1")
public interface StepContext {
    long step();

    Tensors batch();

    Model model();

    /** A training call with this step's draws, losses and buffer updates collected. */
    Call call();

    /** Runs the loss under a tape, adds collected auxiliary losses, steps the stage's optimiser; returns the loss. */
    double minimize(Supplier<Tensor> loss);
}
