package org.layerzoo.core.sketch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.layerzoo.core.exec.Counting;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.ShapesOnly;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.StepContext;
import org.layerzoo.core.spi.StepProgram;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** vit-resnas: architectures are optional mask ports of one supernet; the search is a step program that takes no gradient. */
final class VitResNas implements StepProgram {
    static final Port MASK = Port.optional("width_mask", "D", "1 where a channel exists");
    private final List<Tensor> population = new ArrayList<>();

    @Override
    public Map<String, Double> step(StepContext s) {
        Tensor child = s.call().draws().bernoulli("mask", 0.7, DType.F32, 64);
        population.add(child);
        population.sort(Comparator.comparingDouble(m -> fitness(s.model(), s.batch(), m)));
        if (population.size() > 50) {
            population.removeFirst();
        }
        return Map.of("fitness", fitness(s.model(), s.batch(), population.getLast()));
    }

    private static double fitness(Model m, Tensors batch, Tensor mask) {
        Tensor y = m.forward(batch.with("width_mask", mask), Call.eval()).get("logits");
        return y.max(-1).mean().item();
    }

    static long macs(Model m, Tensors in) {
        Counting c = new Counting(ShapesOnly.INSTANCE);
        Exec.with(c, () -> m.forward(in.map(t -> Tensor.abstractOf(t.spec())), Call.eval()));
        return c.flops() / 2;
    }
}
