package org.layerzoo.core.sketch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.EnvironmentProvider.Environment;
import org.layerzoo.core.spi.EnvironmentProvider.Transition;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.StepContext;
import org.layerzoo.core.spi.StepProgram;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** amago: a step collects with the policy, keeps trajectories, relabels goals and updates against a slow copy of the critic. */
final class Amago implements StepProgram {
    private final Environment world;
    private final Model target;
    private final Deque<Tensors> replay = new ArrayDeque<>();
    private Tensors observation;

    Amago(Environment world, Model target) {
        this.world = world;
        this.target = target;
        this.observation = world.reset();
    }

    @Override
    public Map<String, Double> step(StepContext s) {
        Tensor logits = s.model().forward(observation, Call.eval()).get("policy");
        Tensor action = Ops.argMax(
                logits.add(s.call()
                        .draws()
                        .gumbel("action", logits.dtype(), logits.shape().dims())),
                -1);
        Transition t = world.step(Tensors.of("action", action));
        replay.add(observation
                .with("action", action)
                .with("reward", t.reward())
                .with(t.observation().prefixed("next.")));
        observation = t.observation();
        Tensors batch = relabelled(replay.peekFirst());
        double loss = s.minimize(() -> {
            Tensor q = Ops.gather(
                    s.model().forward(batch, s.call()).get("value"),
                    -1,
                    batch.get("action").unsqueeze(-1));
            Tensor next = Ops.stop(target.forward(batch.under("next."), Call.eval())
                    .get("value")
                    .max(-1));
            return Ops.square(q.squeeze(-1).sub(batch.get("reward").add(next.mul(0.99))))
                    .mean();
        });
        // Slow copy: theta' <- 0.995 theta' + 0.005 theta
        target.params()
                .params()
                .forEach((path, p) -> p.set(p.value()
                        .mul(0.995)
                        .add(s.model().params().param(path).value().mul(0.005))));
        return Map.of("loss", loss, "return", t.reward().mean().item());
    }

    private static Tensors relabelled(Tensors episode) {
        return episode.has("goal") ? episode.with("goal", episode.get("next.goal")) : episode;
    }
}
