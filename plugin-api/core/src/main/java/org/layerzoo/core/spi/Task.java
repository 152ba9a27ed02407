package org.layerzoo.core.spi;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.Stable;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Batches as a pure function of (seed, split, index); metrics; chance level; an oracle where one exists. */
@Stable(since = "0.1")
public interface Task {
    /** The ports of a batch: inputs of the model and the targets, by name. */
    List<Port> batch();

    Tensors batch(Split split, long index, int size);

    Answer answer();

    /** Metrics of predictions against a batch, main one first; by name. */
    List<Metric> metrics();

    /** Expected value of the main metric when guessing. */
    double chance();

    /** Right answers in the form {@link #answer} asks for. */
    default Optional<Tensor> oracle(Tensors batch) {
        return Optional.empty();
    }

    /** The task's loss for outputs of a model. */
    Tensor loss(Tensors outputs, Tensors batch);

    /** A model of the task's backbone around a mixer; empty when the task takes whole models only. */
    default Optional<LayerProvider<?>> reference(LayerRef mixer) {
        return Optional.empty();
    }

    /** Disjoint parts of the data. */
    enum Split {
        TRAIN,
        VALID,
        TEST
    }

    /** What is scored. */
    enum Answer {
        LOGITS,
        TOKENS,
        DENSE,
        SET,
        EMBEDDING,
        ACTIONS
    }
}
