package org.layerzoo.train;

import java.util.Map;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.tensor.Tensors;

/** A task that also scores what a model answers step by step, each step behind the model's own ones before it. */
public interface Decoded {
    /** Figures of a batch by name; empty of a model that doesn't decode. */
    Map<String, Metric.Sum> decoded(Model model, Tensors batch);
}
