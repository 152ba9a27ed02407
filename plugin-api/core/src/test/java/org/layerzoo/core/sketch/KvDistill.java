package org.layerzoo.core.sketch;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Objective;
import org.layerzoo.core.spi.Recipe;
import org.layerzoo.core.spi.RecipeProvider;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** kv-distill: adapters that act on chosen rows only are put into a model by path; the teacher is the model before that. */
final class KvDistill implements RecipeProvider<KvDistill.Config> {
    record Config(@Doc("steps") int steps) {}

    @Override
    public Class<Config> config() {
        return Config.class;
    }

    @Override
    public Config defaults(Size size) {
        return new Config(10);
    }

    @Override
    public List<Slot> slots() {
        return List.of(new Slot("subject", List.of("block.0.attn.heads"), "a causal language model"));
    }

    @Override
    public Recipe create(Config c, Map<String, Model> subjects, Optional<Task> task, RunContext context) {
        Model teacher = subjects.get("subject");
        Layer adapted = teacher.layer();
        for (String path : teacher.layer().children().keySet()) {
            adapted = adapted.with(path, gated(teacher.layer().children().get(path)));
        }
        Model student = teacher.with(adapted);
        Objective distil = (batch, s) -> {
            Tensor logits = student.forward(batch, s.call()).get("y");
            Tensor target = Ops.stop(teacher.forward(batch, Call.eval()).get("y"));
            return Fused.softmax(target, -1)
                    .mul(Fused.logSoftmax(logits, -1))
                    .sum(-1)
                    .mean()
                    .neg();
        };
        TrainStage stage = new TrainStage(
                "distil", student, distil, p -> p.path().contains("lora"), TrainStage.Optim.adamW(1e-3), c.steps());
        return new Recipe() {
            @Override
            public List<TrainStage> stages() {
                return List.of(stage);
            }

            @Override
            public Model finished() {
                return student;
            }
        };
    }

    /** The layer on rows that an optional input selects, the old output elsewhere. */
    private static Layer gated(Layer inner) {
        return (in, call) -> {
            Tensors out = inner.forward(in.without("selected"), call);
            return in.find("selected")
                    .map(m -> Tensors.of("y", Ops.where(m.unsqueeze(-1), out.get("y"), in.get("x"))))
                    .orElse(out);
        };
    }
}
