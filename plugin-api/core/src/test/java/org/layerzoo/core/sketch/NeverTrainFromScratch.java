package org.layerzoo.core.sketch;

import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Objective;
import org.layerzoo.core.spi.Recipe;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** never-train-from-scratch: the same data twice, first without its labels; any mixer, in the task's own backbone. */
final class NeverTrainFromScratch {
    private NeverTrainFromScratch() {}

    static Recipe create(LayerRef mixer, Task task, RunContext context) {
        Model m = context.catalog().build(mixer, 1, DType.F32);
        // Reads input ports only: shuffled labels give equal bits.
        Objective predictNext = (batch, s) -> {
            Tensor ids = batch.get("tokens");
            Tensor logits = s.model().forward(batch.without("label"), s.call()).get("logits");
            return Fused.crossEntropy(logits.slice(1, 0, ids.dim(1) - 1), ids.slice(1, 1, ids.dim(1)), -100);
        };
        Objective classify = (batch, s) -> task.loss(s.model().forward(batch, s.call()), batch);
        List<TrainStage> stages = List.of(
                new TrainStage("self-pretraining", m, predictNext, p -> true, TrainStage.Optim.adamW(1e-3), 100),
                new TrainStage("fine-tuning", m, classify, p -> true, TrainStage.Optim.adamW(1e-3), 100));
        return new Recipe() {
            @Override
            public List<TrainStage> stages() {
                return stages;
            }

            @Override
            public Model finished() {
                return m;
            }
        };
    }
}
