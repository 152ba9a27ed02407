package org.layerzoo.plugins.longrangearena;

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
import org.layerzoo.nn.host.ClassifierProvider;
import org.layerzoo.nn.host.EncoderConfig;
import org.layerzoo.train.Evaluator;
import org.layerzoo.train.TaskObjective;
import org.layerzoo.train.TrainOptions;
import org.layerzoo.train.Trainer;
import org.layerzoo.train.task.ClassTask;

class ListOpsLearningTest {
    @Test
    void aSmallEncoderLearnsShortExpressionsBeyondChance() {
        Backbone small = new Backbone(32, 2, 1, 64, EncoderConfig.Pool.MEAN, 4000, 500);
        ClassTask task = (ClassTask) new ListOpsProvider().create(new ListOpsConfig(3, 4, 3, 16, small), 5);
        ClassifierProvider p = new ClassifierProvider(task.backbone());
        Model m = Models.build("listops", p, p.defaults(Size.TINY), Models.Options.of(1));
        TrainStage.Optim optim = new TrainStage.Optim("adamw", 0.01, 0.01, 1, "cosine", 5);
        TrainStage stage = new TrainStage("listops", m, new TaskObjective(task), x -> true, optim, 100);
        double[] loss = new Trainer(TrainOptions.inMemory(), RunContext.quiet(2))
                .run(List.of(stage), TaskObjective.batches(task, 32))
                .history()
                .of(0, "loss");
        assertTrue(loss[99] < 0.85 * loss[0], loss[0] + " fell to " + loss[99]);
        Map<String, Double> test = Evaluator.run(m, task, Task.Split.TEST, 4, 100, RunContext.quiet(2));
        assertTrue(test.get("accuracy") > 3 * task.chance(), test.toString());
    }
}
