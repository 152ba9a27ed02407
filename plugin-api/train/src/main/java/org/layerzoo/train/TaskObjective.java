package org.layerzoo.train;

import org.layerzoo.core.spi.Batches;
import org.layerzoo.core.spi.Objective;
import org.layerzoo.core.spi.StepContext;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** The task's own loss for the model's outputs. */
public record TaskObjective(Task task) implements Objective {
    @Override
    public Tensor loss(Tensors batch, StepContext s) {
        return task.loss(s.model().forward(Inputs.of(s.model(), batch), s.call()), batch);
    }

    /** Training batches of a task. */
    public static Batches batches(Task task, int size) {
        return index -> task.batch(Task.Split.TRAIN, index, size);
    }
}
