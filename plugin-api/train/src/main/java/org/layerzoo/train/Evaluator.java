package org.layerzoo.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;

/** Metrics of a model over batches of a split. */
public final class Evaluator {
    private Evaluator() {}

    /** Metrics by name in the task's order, main one first; the task's loss as {@code loss} at the end, before those of decoded answers. */
    public static Map<String, Double> run(
            Model model, Task task, Task.Split split, int batches, int size, RunContext context) {
        Map<String, Metric.Sum> sums = new LinkedHashMap<>();
        for (int b = 0; b < batches; b++) {
            context.checkCancelled();
            int index = b;
            Map<String, Metric.Sum> one = TensorScope.use(() -> batch(model, task, task.batch(split, index, size)));
            one.forEach((name, sum) -> sums.merge(name, sum, Metric.Sum::plus));
        }
        Map<String, Double> out = new LinkedHashMap<>();
        sums.forEach((name, sum) -> out.put(name, sum.value()));
        return out;
    }

    private static Map<String, Metric.Sum> batch(Model model, Task task, Tensors batch) {
        Tensors out = model.forward(Inputs.of(model, batch), Call.eval());
        Map<String, Metric.Sum> sums = new LinkedHashMap<>();
        for (Metric m : task.metrics()) {
            sums.put(m.name(), m.of(out, batch));
        }
        Tensor loss = task.loss(out, batch);
        sums.putIfAbsent("loss", new Metric.Sum(loss.item(), 1));
        if (task instanceof Decoded d) {
            sums.putAll(d.decoded(model, batch));
        }
        return sums;
    }
}
