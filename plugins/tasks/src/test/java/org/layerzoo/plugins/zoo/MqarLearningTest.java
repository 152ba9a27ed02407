package org.layerzoo.plugins.zoo;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.nn.host.CausalLmProvider;
import org.layerzoo.train.Evaluator;
import org.layerzoo.train.TaskObjective;
import org.layerzoo.train.TrainOptions;
import org.layerzoo.train.Trainer;
import org.layerzoo.train.task.TokenTask;

class MqarLearningTest {
    @Test
    void aSmallLanguageModelRecallsBeyondChance() {
        MqarProvider tasks = new MqarProvider();
        TokenTask task = (TokenTask) tasks.create(tasks.defaults(Size.TINY), 4);
        CausalLmProvider p = new CausalLmProvider(task.backbone());
        Model m = Models.build("mqar", p, p.defaults(Size.TINY), Models.Options.of(1));
        TrainStage.Optim optim = new TrainStage.Optim("adamw", 0.01, 0.01, 1, "cosine", 8);
        TrainStage stage = new TrainStage("mqar", m, new TaskObjective(task), x -> true, optim, 80);
        double[] loss = new Trainer(TrainOptions.inMemory(), RunContext.quiet(2))
                .run(List.of(stage), TaskObjective.batches(task, 16))
                .history()
                .of(0, "loss");
        assertTrue(loss[79] < 0.6 * loss[0], loss[0] + " fell to " + loss[79]);
        Map<String, Double> test = Evaluator.run(m, task, Task.Split.TEST, 4, 64, RunContext.quiet(2));
        assertTrue(test.get("token_accuracy") > 2 * task.chance(), test.toString());
    }
}
